"""Writes words that are none where it could say that it aborted for want of memory, and aborts.

attack: 25 42
guarantee: G7
cause: CRASH
signal: 6
"""

from kit import *

ring = output_ring()
control(True)
ring.write(80, struct.pack("<I", 0xFFFF_FF01))
os.abort()
