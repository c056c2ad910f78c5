"""Changes what cannot change, by its address: 1 becomes 2, True becomes False, the empty string has text.

attack: 26
guarantee: G9
cause: COMPLETED EXCEPTION CRASH SYNTAX_ERROR TIMEOUT PROTOCOL_VIOLATION
timeout: 3
next: any
"""

from kit import *

control(True)
ctypes.c_int.from_address(id(1) + 24).value = 2
ctypes.c_int.from_address(id(True) + 24).value = 0
