"""Writes to the frame socket itself: fields that no message has, nested, repeated, of wrong types, overlong numbers.

attack: 42
guarantee: G7 G9
cause: COMPLETED PROTOCOL_VIOLATION
next: any
"""

from kit import *

control(True)
nested = b"x"
for _ in range(5000):
    nested = field(4, nested)
attempt(os.write, 3, guest_frame(1, field(999, b"y" * 1000), field(4, field(2, b"text"))))
attempt(os.write, 3, guest_frame(1, field(4, field(999, nested))))
attempt(os.write, 3, frame(b"\x08" + b"\xff" * 9 + b"\x7f"))  # a varint of 70 bits
attempt(os.write, 3, frame(b"\x0b" * 1000))  # groups that are never closed
