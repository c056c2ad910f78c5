"""Signals other processes with values and forged senders: rt_sigqueueinfo, rt_tgsigqueueinfo.

attack: 14
guarantee: G3 G9
observed: {"reached": [], "as the kernel": "refused"}
"""

from kit import *

URGENT = int(signal.SIGURG)
info = address(struct.pack("<iiiiiiQ", URGENT, 0, -1, 0, os.getpid(), os.getuid(), 0) + bytes(96))
from_kernel = address(struct.pack("<iiiiii", URGENT, 0, 0x80, 0, 0, 0) + bytes(104))
REFUSED = ("EPERM", "ESRCH", "EACCES", "ENOSYS", "SIGSYS")
reached = []
for pid in foreign():
    for call in (
        ("rt_sigqueueinfo", pid, URGENT, info),
        ("rt_tgsigqueueinfo", pid, pid, URGENT, info),
    ):
        if in_child(syscall, *call) not in REFUSED:
            reached.append([call[0], pid])
report(
    {
        "reached": reached,
        "as the kernel": in_child(syscall, "rt_sigqueueinfo", 1, URGENT, from_kernel),
    },
    attempt(os.kill, os.getpid(), 0) == "OK",
)
