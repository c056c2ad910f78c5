"""Changes sizes and kinds of records while the host reads them, by a child that shares the memory.

attack: 42
guarantee: G7 G9
cause: COMPLETED PROTOCOL_VIOLATION
next: any
"""

from kit import *

control(True)
ring = output_ring()
LARGE, SMALL = (struct.pack("<II", size, 0) * 512 for size in (32 << 10, 8))


def scribble():
    while True:
        for records in (SMALL, LARGE):
            ring.write(RING_HEADER, records)


if os.fork() == 0:
    scribble()
for _ in range(2000):
    ring.write(RING_HEADER, SMALL)
    ring.head = ring.tail // 16 * 16 + 4096
    tell()
