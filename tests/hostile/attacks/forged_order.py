"""Writes to the frame socket itself: outputs after the end, two ends, errors before and after.

attack: 42
guarantee: G7 G9
cause: COMPLETED EXCEPTION PROTOCOL_VIOLATION
next: any
"""

from kit import *

control(True)
error = field(6, field(1, b"Forged") + field(2, b"forged"))
done = field(7, b"")
os.write(
    3,
    guest_frame(1, error) * 100
    + guest_frame(1, done)
    + guest_frame(1, error)
    + guest_frame(1, done) * 3,
)
signal.pause()
