"""Makes ioctls of files, sockets and devices on all it has open: owners, flags, clones, freezing.

attack: 10
guarantee: G3 G6
observed: {"not refused": []}
"""

import socket

from kit import *

left, right = socket.socketpair()
own = os.open("own", os.O_RDWR | os.O_CREAT)
folder = os.open(".", os.O_RDONLY)
null = os.open("/dev/null", os.O_RDWR)
# Each with an argument of -1: an address or descriptor that is none.
REQUESTS = {"FIOSETOWN": 0x8901, "SIOCSPGRP": 0x8902, "FIOASYNC": 0x5452, "FIBMAP": 1, "FICLONE": 0x40049409,
            "FICLONERANGE": 0x4020940D, "FS_IOC_SETFLAGS": 0x40086602, "FS_IOC_FSSETXATTR": 0x401C5820,
            "FIFREEZE": 0xC0045877, "FITHAW": 0xC0045878, "FITRIM": 0xC0185879, "FIDEDUPERANGE": 0xC0189436,
            "FS_IOC_ENABLE_VERITY": 0x40806685, "FS_IOC_SET_ENCRYPTION_POLICY": 0x800C6613, "SIOCGIFCONF": 0x8912,
            "SIOCSIFFLAGS": 0x8914, "SIOCETHTOOL": 0x8946, "SIOCBRADDBR": 0x89A0, "SIOCUNIXFILE": 0x89E0,
            "BLKRRPART": 0x125F, "LOOP_SET_FD": 0x4C00, "RNDADDENTROPY": 0x40085203, "KVM_CREATE_VM": 0xAE01,
            "PIDFD_GET_USER_NAMESPACE": 0xFF09, "PIDFD_GET_MNT_NAMESPACE": 0xFF03, "USERFAULTFD_NEW": 0xAA00}  # fmt: skip
files = (0, 1, 3, left.fileno(), own, folder, null)
cases = {f"{n} on {fd}": ("ioctl", fd, r, -1) for n, r in REQUESTS.items() for fd in files}
# FICLONE is refused in words that cp understands.
found = [line for line in refusals(syscall, cases) if not line.endswith("ENOTSUP")]
report({"not refused": found}, not os.isatty(0))
