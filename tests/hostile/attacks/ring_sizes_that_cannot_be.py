"""Announces records in the memory by which it prints that are larger than it, or of no kind.

attack: 42
guarantee: G7 G9
cause: PROTOCOL_VIOLATION
"""

from kit import *

control(True)
ring = output_ring()
# All of it headers of such records, so that one is read wherever the host is.
for size, kind in ((2**32 - 1, 0), (2**31, 1), ((32 << 10) + 1, 0), (8, 3), (0, 2**32 - 1)):
    ring.write(RING_HEADER, struct.pack("<II", size, kind) * ((RING_BYTES - RING_HEADER) // 8))
    ring.head = ring.tail + (64 << 10)
    tell()
time.sleep(1000)
