"""Reads a page in each two mebibytes of nothing: the kernel keeps a page of its own to map each.

attack: 45
guarantee: G7
limits: {"memory_bytes": 134217728}
cause: MEMORY_LIMIT
ending: KILLED
"""

from kit import *

STEP = 2 << 20
SIZE = 240 << 30
NO_RESERVE = 0x4000
NO_HUGE_PAGES = 15

nothing = mmap.mmap(
    -1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | NO_RESERVE, prot=mmap.PROT_READ
)
nothing.madvise(NO_HUGE_PAGES)
control(nothing[0] == 0)
for offset in range(0, SIZE, STEP):
    nothing[offset]
while True:
    signal.pause()
