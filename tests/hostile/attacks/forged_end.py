"""Writes to the frame socket itself: that its cell has ended, though it goes on.

attack: 42
guarantee: G7 G9
cause: COMPLETED PROTOCOL_VIOLATION
next: any
"""

from kit import *

control(True)
# CellDone of cell 1, which is this one; after more output than there is.
os.write(3, frame(b"\x08\x01\x3a\x00\x40\xff\xff\xff\x7f"))
while True:
    os.write(1, b"still here")
