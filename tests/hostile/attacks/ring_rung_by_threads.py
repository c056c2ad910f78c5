"""Prints and notifies of output as fast as it can, from two dozen threads, in every possible way.

attack: 42 44
guarantee: G7
cause: COMPLETED
"""

import threading

from kit import *

control(True)
STOP = time.monotonic() + 5


def lines():
    while time.monotonic() < STOP:
        print("x")


def halves():
    while time.monotonic() < STOP:
        sys.stdout.write("y")
        sys.stderr.write("z\n")
        sys.stdout.flush()


def large():
    while time.monotonic() < STOP:
        print("l" * 100_000)


def flushes():
    while time.monotonic() < STOP:
        sys.stdout.flush()
        sys.stderr.flush()


threads = [
    threading.Thread(target=work) for work in (lines, halves, large, flushes) for _ in range(6)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
