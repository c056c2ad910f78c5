"""Fills memory that is mapped shared, and takes it out of the page tables, where alone its size shows.

Where nobody may ask the kernel for what is behind a mapping, there is none of that memory: not by
another name, either.

attack: 45
guarantee: G7
limits: {"memory_bytes": 134217728}
cause.native: MEMORY_LIMIT
ending.native: KILLED
observed.container: {"anonymous": "EPERM", "validated": "EPERM", "/dev/zero": "EACCES"}
observed.restricted: {"anonymous": "EPERM", "validated": "EPERM", "/dev/zero": "EACCES"}
"""

from kit import *

SIZE = 64 << 20
VALIDATED = 3
SHARED = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS
READ_WRITE = mmap.PROT_READ | mmap.PROT_WRITE
ARGUMENTS = [ctypes.c_long(value) for value in (0, SIZE, READ_WRITE, SHARED, -1, 0)]


def fill_and_hide():
    address = libc.syscall(ctypes.c_long(NUMBERS["mmap"]), *ARGUMENTS)
    ctypes.memset(address, 1, SIZE)
    libc.munmap(ctypes.c_void_p(address + mmap.PAGESIZE), ctypes.c_size_t(SIZE - mmap.PAGESIZE))


kept = mmap.mmap(-1, 1 << 20)
kept[:] = b"x" * len(kept)
control(kept[-1] == 120)
first = syscall("mmap", 0, SIZE, READ_WRITE, SHARED, -1, 0)
if first != "OK":
    validated = syscall("mmap", 0, SIZE, READ_WRITE, SHARED | VALIDATED, -1, 0)
    zero = attempt(os.open, "/dev/zero", os.O_RDWR)
    report({"anonymous": first, "validated": validated, "/dev/zero": zero}, True)
else:
    while True:
        fill_and_hide()
        time.sleep(0.1)
