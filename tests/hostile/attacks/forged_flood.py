"""Writes to the frame socket itself: a million tiny frames.

attack: 42
guarantee: G7 G9
cause: COMPLETED PROTOCOL_VIOLATION
next: any
"""

from kit import *

control(True)
stream = frame(b"\x08\x00\x22\x03\x12\x01x") * 10_000  # StreamText "x" of cell 0
for _ in range(100):
    view = memoryview(stream)
    while view:
        view = view[os.write(3, view) :]
