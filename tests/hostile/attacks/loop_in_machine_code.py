"""Computes without end in machine code, where no Python handler runs.

attack: 46
guarantee: G7
timeout: 1
cause: TIMEOUT
ending: KILLED
"""

from kit import *

control(True)
machine_code(b"\xeb\xfe")()
