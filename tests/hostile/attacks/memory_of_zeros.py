"""Holds memory that compresses well, maps zeros, and merges pages: it is counted all the same.

attack: 45
guarantee: G7
limits: {"memory_bytes": 134217728}
observed: {"stopped by": ["MemoryError", "ENOMEM", "OSError"]}
"""

from kit import *

kept = []


def grow():
    for _ in range(40):
        block = mmap.mmap(-1, 16 << 20, flags=mmap.MAP_PRIVATE)
        attempt(block.madvise, 12)  # MADV_MERGEABLE
        for offset in range(0, 16 << 20, 4096):
            block[offset] = 0
        kept.append(block)


answer = attempt(grow)
count = len(kept)
kept.clear()
report({"stopped by": answer}, count >= 2)
