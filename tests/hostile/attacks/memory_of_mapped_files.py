"""Maps files of its workspace, sparse and shared, far beyond its memory, and touches them.

attack: 45 34
guarantee: G7
limits: {"memory_bytes": 134217728, "workspace_bytes": 67108864}
cause: COMPLETED MEMORY_LIMIT WORKSPACE_LIMIT TEMPORARY_LIMIT CRASH
next: any
timeout: 20
"""

from kit import *

control(True)
for number in range(6):
    file = os.open(f"mapped{number}", os.O_RDWR | os.O_CREAT)
    os.ftruncate(file, 64 << 20)
    mapping = mmap.mmap(file, 64 << 20)
    for offset in range(0, 64 << 20, 4096):
        mapping[offset] = 1
    del mapping
