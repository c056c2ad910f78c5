"""Sets the end of what it printed far ahead, before the beginning, and back and forth while it is read.

attack: 42
guarantee: G7 G9
cause: COMPLETED PROTOCOL_VIOLATION
next: any
"""

import threading

from kit import *

control(True)
ring = output_ring()
for position in (0, 8, 1):  # Behind the host: nothing to read, and nothing to wait for.
    ring.head = position
    tell()
    time.sleep(0.1)
writer = threading.Thread(target=lambda: [print("between") for _ in range(10_000)])
writer.start()
while writer.is_alive():
    for position in (0, ring.tail, ring.tail + 8, ring.tail + RING_BYTES, 2**63, 2**64 - 1):
        ring.head = position
writer.join()
