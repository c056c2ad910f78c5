"""Maps memory shared, which its own limit of data does not count.

attack: 45
guarantee: G7
limits: {"memory_bytes": 134217728}
cause: MEMORY_LIMIT
ending: KILLED
"""

from kit import *

control(True)
mapping = mmap.mmap(-1, 300 << 20)
for offset in range(0, 300 << 20, 4096):
    mapping[offset] = 1
while True:
    signal.pause()
