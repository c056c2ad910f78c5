"""Prints what is no text: half characters, NULs, escape sequences, in pieces.

attack: 44
guarantee: G7
cause: COMPLETED
"""

from kit import *

control(True)
for piece in (
    b"\xf0\x9f",
    b"\x98",
    b"\x80",
    b"\x00" * 10,
    b"\x1b]0;x\x07",
    b"\xff\xfe",
    b"\xed\xa0\x80",
):
    os.write(1, piece)
    os.write(2, piece)
print("\ud800 lone", "\x00", "é" * 10)
