"""Overflows the C stack, having raised Python's own guard.

attack: 25
guarantee: G8 G9
cause: CRASH EXCEPTION
"""

from kit import *

control(True)
sys.setrecursionlimit(10**9)
deep = []
for _ in range(10**6):
    deep = [deep]
repr(deep)
