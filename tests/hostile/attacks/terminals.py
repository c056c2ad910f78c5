"""Opens terminals, takes one as its own, and types into it.

attack: 10
guarantee: G3 G6
observed: {"opened": [], "not refused": []}
"""

from kit import *

PATHS = [
    "/dev/tty",
    "/dev/ptmx",
    "/dev/pts/ptmx",
    "/dev/pts/0",
    "/dev/tty0",
    "/dev/console",
    "/proc/self/fd/0/../tty",
]
opened = [path for path in PATHS if attempt(os.open, path, os.O_RDWR | os.O_NOCTTY) == "OK"]
opened += ["openpty"] if attempt(os.openpty) == "OK" else []
REQUESTS = {"TIOCSTI": 0x5412, "TIOCLINUX": 0x541C, "TIOCSCTTY": 0x540E, "TIOCCONS": 0x541D, "TIOCSETD": 0x5423,
            "TIOCSPGRP": 0x5410, "TIOCNOTTY": 0x5422, "TIOCVHANGUP": 0x5437, "TIOCGPTPEER": 0x5441,
            "TIOCSLCKTRMIOS": 0x5457, "KDSETMODE": 0x4B3A, "VT_ACTIVATE": 0x5606}  # fmt: skip
cases = {
    f"{n} on {fd}": ("ioctl", fd, r, address(bytes(8)))
    for n, r in REQUESTS.items()
    for fd in range(4)
}
report(
    {"opened": opened, "not refused": refusals(syscall, cases)},
    attempt(os.open, "/dev/null", os.O_RDWR) == "OK",
)
