"""Prints by the character, flushing each, on both streams in turn.

attack: 44
guarantee: G7
cause: COMPLETED TIMEOUT
timeout: 5
"""

from kit import *

control(True)
for _ in range(10_000):
    print("a", end="", flush=True)
    print("b", end="", file=sys.stderr, flush=True)
for _ in range(10_000):
    os.write(1, b"c")
