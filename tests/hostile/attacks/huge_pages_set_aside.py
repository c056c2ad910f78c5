"""Maps pages that the host has set aside, which no account would show.

attack: 45
guarantee: G7
observed: {"private": "EPERM", "shared": "EPERM"}
"""

from kit import *

SIZE = 2 << 20
PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
SHARED = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS
HUGE = 0x40000

report(
    {
        "private": syscall("mmap", 0, SIZE, mmap.PROT_READ, PRIVATE | HUGE, -1, 0),
        "shared": syscall("mmap", 0, SIZE, mmap.PROT_READ, SHARED | HUGE, -1, 0),
    },
    syscall("mmap", 0, SIZE, mmap.PROT_READ, PRIVATE, -1, 0) == "OK",
)
