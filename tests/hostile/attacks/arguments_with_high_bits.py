"""Puts junk above the 32 bits of arguments that the kernel reads as ints, so that the filter sees another value.

attack: 1 7 9
guarantee: G4 G6
observed: {"not refused": []}
"""

from kit import *

HIGH = 0x1_0000_0000
pair = address(bytes(8))
CASES = {
    "personality": ("personality", HIGH | 0x400000),
    "prctl dumpable": ("prctl", HIGH | 4, 0, 0, 0, 0),
    "prctl seccomp": ("prctl", HIGH | 22, 1, 0, 0, 0),
    "socketpair datagram": (53, HIGH | 1, HIGH | 2, 0, pair),
    "socketpair netlink": (53, HIGH | 16, 3, 0, pair),
    "ioctl TIOCSTI": ("ioctl", 0, HIGH | 0x5412, address(b"x")),
    "ioctl TCGETS": ("ioctl", 0, HIGH | 0x5413 | 1 << 40, pair),
    "mknod of a device": ("mknod", address(b"carrel-test-must-not-exist"), HIGH | 0o20666, 0x103),
    "socket": ("socket", HIGH | 1, 1, 0),
}
report(
    {"not refused": refusals(syscall, CASES)},
    in_child(syscall, 53, 1, 1, 0, pair) == "OK"
    and not os.path.exists("carrel-test-must-not-exist"),
)
