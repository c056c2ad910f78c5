"""Fills files that have no name and nobody open any more, but a page of which is still mapped.

Where nobody may ask the kernel for what is behind a mapping, only that page shows.

attack: 34 47
guarantee: G7
limits: {"workspace_bytes": 33554432, "temporary_bytes": 16777216}
cause: COMPLETED
cause.native: WORKSPACE_LIMIT
ending.native: KILLED
"""

from kit import *

SIZE = 16 << 20

control(True)
for _ in range(12):
    file = os.open("file", os.O_RDWR | os.O_CREAT, 0o600)
    os.unlink("file")
    os.write(file, b"x" * SIZE)
    assert syscall("mmap", 0, mmap.PAGESIZE, mmap.PROT_READ, mmap.MAP_SHARED, file, 0) == "OK"
    os.close(file)
time.sleep(patience(2))
