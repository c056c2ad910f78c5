"""Closes every descriptor, low and high, then goes on by its own: nothing may be widened by that.

attack: 43 17
guarantee: G1 G2 G9
cause: PROTOCOL_VIOLATION PROCESS_EXIT CRASH TIMEOUT
timeout: 4
next: any
"""

from kit import *

control(True)
libc.close_range(ctypes.c_uint(0), ctypes.c_uint(2**32 - 1), 0)
os.open("/dev/null", os.O_RDWR)
signal.pause()
