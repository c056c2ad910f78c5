"""Writes to the frame socket itself: that it ended in ways that there are not, with exit codes that cannot be.

attack: 42
guarantee: G7 G9
cause: EXCEPTION PROTOCOL_VIOLATION
next: any
"""

from kit import *

control(True)
os.write(3, guest_frame(1, field(7, field(1, 99) + field(2, 2**63 - 1))))
signal.pause()
