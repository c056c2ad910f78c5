"""Links files that are not its own by descriptor: AT_EMPTY_PATH, /proc/self/fd, O_PATH.

attack: 30
guarantee: G1 G2 G9
observed: {"linked": []}
"""

from kit import *

known = facts()
SOURCES = [
    "/etc/passwd",
    "/usr/bin/env",
    "/proc/self/status",
    "/dev/null",
    known["neighbour_file"],
    known["victim"],
    known["log"],
]
linked = []
target = address(b"linked\0")
for source in SOURCES:
    for flags in (os.O_RDONLY, os.O_PATH):
        try:
            file = os.open(source, flags)
        except OSError:
            continue
        magic = address(f"/proc/self/fd/{file}".encode() + b"\0")
        for call in (
            (file, address(b"\0"), -100, target, 0x1000),
            (-100, magic, -100, target, 0x400),
        ):
            if in_child(syscall, "linkat", *call) == "OK":
                linked.append(source)
                os.unlink("linked")
own = os.open("own", os.O_RDONLY | os.O_CREAT)
magic = address(f"/proc/self/fd/{own}".encode() + b"\0")
report({"linked": linked}, in_child(syscall, "linkat", -100, magic, -100, target, 0x400) == "OK")
