"""Grows step by step in one process: it gets a MemoryError, and lives on.

attack: 45
guarantee: G7
limits: {"memory_bytes": 134217728}
observed: {"stopped by": "MemoryError"}
"""

from kit import *

kept = []


def grow():
    while True:
        kept.append(bytes(1 << 20))


answer = attempt(grow)
count = len(kept)
kept.clear()
report({"stopped by": answer}, 10 < count < 200)
