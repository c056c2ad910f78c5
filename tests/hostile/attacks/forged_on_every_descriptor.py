"""Writes garbage to every descriptor it can open or has.

attack: 42
guarantee: G7 G9
cause: PROTOCOL_VIOLATION
next: any
"""

from kit import *

control(True)
for descriptor in range(200):
    attempt(os.write, descriptor, b"\xff" * 100)
signal.pause()
