"""Writes to the frame socket itself: half a frame, and no more.

attack: 42
guarantee: G7 G9
cause: TIMEOUT PROTOCOL_VIOLATION
timeout: 1
next: any
"""

from kit import *

control(True)
os.write(3, struct.pack("<I", 1000) + b"x" * 10)
signal.pause()
