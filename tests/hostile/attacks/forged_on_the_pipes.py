"""Writes frames to stdout and stderr, where they are text and nothing more.

attack: 42
guarantee: G7 G9
cause: COMPLETED
"""

from kit import *

control(True)
for descriptor in (1, 2):
    os.write(descriptor, guest_frame(1, field(7, b"")) + guest_frame(0, field(3, b"")))
    os.write(descriptor, struct.pack("<I", 0xFFFFFFFF))
