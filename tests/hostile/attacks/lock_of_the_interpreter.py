"""Holds the interpreter's lock in machine code, so that no Python handler of an interrupt runs.

attack: 26 46
guarantee: G7
timeout: 1
cause: TIMEOUT
ending: KILLED
"""

from kit import *

control(True)
forever = machine_code(b"\xeb\xfe")
ctypes.PYFUNCTYPE(None)(ctypes.cast(forever, ctypes.c_void_p).value)()
