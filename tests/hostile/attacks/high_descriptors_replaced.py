"""Closes and replaces high descriptors, among which directories may be held open.

It uses the C library, which may protect those descriptors, and system calls, which nothing stops.

attack: 17 43
guarantee: G1 G2 G9
observed: {"read": [], "written": [], "left by name": []}
"""

from kit import *

known = facts()
for descriptor in range(4, 1024):
    attempt(os.close, descriptor)
root = os.open("/", os.O_PATH)
for descriptor in range(90, 130):
    attempt(os.dup2, root, descriptor)
    syscall("close", descriptor)
    syscall("dup2", root, descriptor)
replaced = [number for number in (100, 101, 102) if os.path.sameopenfile(root, number)]
NAMES = [
    "mnt/data/../../root/.bashrc",
    "etc/shadow",
    known["neighbour_file"][1:],
    known["victim"][1:],
    known["log"][1:],
]
read, written = [], []
for name in NAMES:
    for descriptor in (100, 101, 102):
        if attempt(lambda: os.read(os.open(name, os.O_RDONLY, dir_fd=descriptor), 1)) == "OK":
            read.append(name)
        if attempt(os.open, name, os.O_WRONLY, dir_fd=descriptor) == "OK":
            written.append(name)
names = [
    f"{p}/{n}"
    for p in ("/mnt/data", "/tmp", "/dev/shm")
    for n in ("root/.bashrc", "etc/shadow", known["victim"][1:])
]
left = [name for name in names if attempt(lambda n=name: open(n).read(1)) == "OK"]
report(
    {"read": read, "written": written, "left by name": left},
    replaced == [100, 101, 102],
)
