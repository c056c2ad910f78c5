"""Opens and makes devices: memory, kernel log, disks, terminals, KVM.

attack: 10
guarantee: G1 G6
observed: {"opened": [], "mknod": ["EPERM", "EACCES"], "TIOCSTI": ["EPERM", "EACCES", "ENOTTY"], "TIOCLINUX": ["EPERM", "EACCES", "ENOTTY"]}
"""

from kit import *

NAMES = """mem kmem port kmsg kvm tty tty0 tty1 ttyS0 console ptmx fuse loop-control loop0 net/tun
vda vda1 sda nvme0n1 mapper/control vhost-net vsock uinput input/event0 hpet rtc0 nvram snapshot
cpu/0/msr userfaultfd vfio/vfio dri/card0""".split()
opened = [name for name in NAMES if attempt(os.open, f"/dev/{name}", os.O_RDONLY) == "OK"]
character = ctypes.create_string_buffer(b"\x0c")


def ioctl(request):
    ctypes.set_errno(0)
    if libc.ioctl(0, ctypes.c_ulong(request), ctypes.byref(character)) == 0:
        return "OK"
    return errno.errorcode.get(ctypes.get_errno(), "errno 0")


report(
    {
        "opened": opened,
        "mknod": attempt(os.mknod, "memory", 0o20666, os.makedev(1, 1)),
        "TIOCSTI": ioctl(0x5412),
        "TIOCLINUX": ioctl(0x541C),
    },
    attempt(os.open, "/dev/null", os.O_RDWR) == "OK",
)
