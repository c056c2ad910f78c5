"""Makes a device node where mknod is refused: a rename that leaves a whiteout (device 0:0, of no driver).

attack: 31 35
guarantee: G2 G6
observed: {"opened": ["no way"], "listed as a device that is none": ["0:0", "not made"]}
calls: {"read own": ["FailedPrecondition", "NotFound"], "write own": ["FailedPrecondition", "OK"], "list": "OK"}
"""

from kit import *

open("own", "w").close()
syscall("renameat2", -100, address(b"own\0"), -100, address(b"moved\0"), 4)
made = os.path.exists("own") and os.stat("own").st_rdev
device = "not made" if made is False else f"{os.major(made)}:{os.minor(made)}"
if made is False or os.path.isfile("own"):
    attempt(os.unlink, "own")
    opened = ["ENOENT"]
else:
    opened = sorted({attempt(os.open, "own", flags) for flags in (os.O_RDONLY, os.O_RDWR)})
report(
    {"opened": opened[0], "listed as a device that is none": device},
    attempt(open, "new", "w") == "OK" and len(opened) == 1,
)
