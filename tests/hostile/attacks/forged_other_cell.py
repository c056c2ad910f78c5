"""Writes to the frame socket itself: the end of a cell that it does not run.

attack: 42
guarantee: G7 G9
cause: PROTOCOL_VIOLATION
next: any
"""

from kit import *

control(True)
done = b"\x3a\x00"  # GuestFrame.done
os.write(3, frame(b"\x08\xe7\x07" + done))  # The frame claims to be of cell 999.
signal.pause()
