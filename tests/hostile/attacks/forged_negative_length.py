"""Writes to the frame socket itself: frames of negative, zero and nearly allowed lengths.

attack: 42
guarantee: G7 G9
cause: PROTOCOL_VIOLATION
next: any
"""

from kit import *

control(True)
os.write(3, struct.pack("<i", -1))
os.write(3, struct.pack("<i", -(2**31)))
os.write(3, struct.pack("<I", 0))
signal.pause()
