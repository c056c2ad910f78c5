"""Crashes by an instruction that is none.

attack: 25
guarantee: G8 G9
cause: CRASH
signal: 4
"""

from kit import *

control(True)
machine_code(b"\x0f\x0b")()
