"""Writes to the frame socket itself: frames that say nothing.

attack: 42
guarantee: G7 G9
cause: PROTOCOL_VIOLATION
next: any
"""

from kit import *

control(True)
os.write(3, frame(b"") * 10)
signal.pause()
