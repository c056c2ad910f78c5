"""Two dozen threads wait for room in its output memory, another says so all the time, and a flood of tiny records is read.

attack: 42 44
guarantee: G7
cause: COMPLETED
"""

import threading

from kit import *

control(True)
ring = output_ring()
STOP = time.monotonic() + 5


def until_the_end(work):
    while time.monotonic() < STOP:
        work()


def turns():
    # Of each stream one, which the host cannot hand on as one.
    for _ in range(1000):
        sys.stdout.write("x\n")
        sys.stderr.write("y\n")


works = [ring.wait] * 24 + [ring.claim_to_wait] * 2 + [turns] * 2
threads = [threading.Thread(target=until_the_end, args=(work,)) for work in works]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
