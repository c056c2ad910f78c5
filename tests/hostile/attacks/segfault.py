"""Crashes the interpreter by reading address 0.

attack: 25
guarantee: G8 G9
cause: CRASH
signal: 11
"""

from kit import *

control(True)
ctypes.string_at(0)
