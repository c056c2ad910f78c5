"""Forges clears by the thousand, in its cell and for others, between the parts of a display.

attack: 42 44
guarantee: G7 G9
cause: COMPLETED PROTOCOL_VIOLATION
next: any
"""

from kit import *

MIME, DATA, LAST = field(1, b"image/png"), field(2, b"x" * 1000), b"\x18\x01"
for wait in (b"", b"\x08\x01", b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x12\x02ab"):
    clear = guest_frame(1, field(10, wait))
    for _ in range(200):
        os.write(3, clear * 20 + guest_frame(1, field(5, MIME + DATA)) + clear * 20)
        os.write(3, guest_frame(1, field(5, DATA + LAST)) + guest_frame(0, field(10, wait)))
control(True)
os.write(3, guest_frame(7, field(10, b"")))
