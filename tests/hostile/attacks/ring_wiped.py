"""Takes its output memory away: maps nothing in its place, then prints.

attack: 42
guarantee: G7
cause: CRASH
signal: 11
"""

from kit import *

control(True)
ring = output_ring()
libc.munmap(ctypes.c_void_p(ring.begin), ctypes.c_size_t(RING_BYTES))
print("into nothing")
