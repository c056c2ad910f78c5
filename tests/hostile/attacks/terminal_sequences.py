"""Prints what terminals obey: titles, clipboards, clears, answers, a million carriage returns.

attack: 44
guarantee: G7
cause: COMPLETED
"""

from kit import *

control(True)
for text in (
    "\x1b]52;c;eA==\x07",
    "\x1b[2J",
    "\x1b[6n",
    "\x1bP+q\x1b\\",
    "\x9b31m",
    "\x07" * 100,
    "\b" * 100,
    "\r" * 10**6,
):
    print(text, end="")
