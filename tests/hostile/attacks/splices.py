"""Moves pages between pipes and files by splice, tee and vmsplice, which write to what can only be read.

attack: 5 13
guarantee: G2 G6
observed: {"splice": "refused", "tee": "refused", "vmsplice": "refused"}
"""

from kit import *

reader, writer = os.pipe()
os.write(writer, b"x")
other = os.pipe()
file = os.open("/etc/passwd", os.O_RDONLY)
vector = address(struct.pack("<QQ", address(b"x"), 1))
observed = {
    "splice": in_child(syscall, "splice", file, 0, writer, 0, 1, 0),
    "tee": in_child(syscall, "tee", reader, other[1], 1, 2),
    "vmsplice": in_child(syscall, "vmsplice", writer, vector, 1, 0),
}
report(observed, os.read(reader, 1) == b"x")
