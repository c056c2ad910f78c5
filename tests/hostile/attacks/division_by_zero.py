"""Crashes by the processor's division by zero.

attack: 25
guarantee: G8 G9
cause: CRASH
signal: 8
"""

from kit import *

control(True)
machine_code(b"\x31\xc9\x31\xd2\xb8\x01\x00\x00\x00\xf7\xf1\xc3")()
