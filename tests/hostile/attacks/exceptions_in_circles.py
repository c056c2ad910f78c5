"""Ends with exceptions that are their own causes, groups of thousands, notes that are no text.

attack: 49
guarantee: G7
cause: EXCEPTION TIMEOUT CRASH
timeout: 5
next: any
"""

from kit import *

control(True)
one, two = ValueError("one"), ValueError("two")
one.__cause__, two.__cause__ = two, one
one.__context__ = two
group = ExceptionGroup("g", [one, two])
for _ in range(500):
    group = ExceptionGroup("g", [group])
group.__notes__ = [1, None, b"\xff", "x" * 10**6]
raise group
