"""Writes to the frame socket itself: the answer to the next cell, before it is asked.

attack: 42
guarantee: G7 G9
cause: PROTOCOL_VIOLATION
next: any
"""

from kit import *

control(True)
os.write(3, guest_frame(2, field(4, field(2, b"42\n"))) + guest_frame(2, field(7, b"")))
signal.pause()
