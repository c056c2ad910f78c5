"""Fills the memory by which it prints with garbage, heads and sizes that cannot be.

attack: 42
guarantee: G7 G9
cause: PROTOCOL_VIOLATION
"""

from kit import *

control(True)
ring = output_ring()
chooser = __import__("random").Random(1)
for _ in range(10_000):
    ring.write(chooser.randrange(RING_BYTES - 64), chooser.randbytes(64))
    ring.head = ring.tail + chooser.randrange(1 << chooser.randrange(1, 64))
    tell()
time.sleep(1000)
