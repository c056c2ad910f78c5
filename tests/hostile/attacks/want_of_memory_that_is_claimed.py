"""Says in the output ring that it aborted for want of memory, and dies of something else.

attack: 25 42
guarantee: G7
cause: CRASH
signal: 11
"""

from kit import *

ring = output_ring()
control(True)
ring.write(80, struct.pack("<I", 1))
ctypes.string_at(0)
