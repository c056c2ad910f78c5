"""Writes to the frame socket itself: that it is ready, in the middle of a cell.

attack: 42
guarantee: G7 G9
cause: PROTOCOL_VIOLATION
next: any
"""

from kit import *

control(True)
os.write(3, frame(b"\x1a\x00"))
signal.pause()
