"""Puts back what the host has read of its output memory, so that there is never room to print.

attack: 42 44
guarantee: G7
cause: TIMEOUT
ending: KILLED
timeout: 3
next: any
"""

import threading

from kit import *

control(True)
ring = output_ring()


def put_back():
    while True:
        ring.tail = ring.head - RING_BYTES


threading.Thread(target=put_back, daemon=True).start()
for _ in range(1000):
    print("x" * 30_000)
time.sleep(1000)
