"""Writes to the frame socket itself: announces a frame of 4 GiB.

attack: 42
guarantee: G7 G9
cause: PROTOCOL_VIOLATION
next: any
"""

from kit import *

control(True)
os.write(3, struct.pack("<I", 0xFFFFFFFF) + b"x" * 1000)
signal.pause()
