"""Asks for memory files of every kind: sealed, huge, executable, secret.

attack: 8 45
guarantee: G6 G7
observed: {"memfd_create": ["ENOSYS"], "memfd_secret": "ENOSYS"}
"""

from kit import *

name = address(b"x\0")
FLAGS = (0, 1, 2, 4, 8, 16, 4 | 21 << 26, 4 | 30 << 26)
observed = {
    "memfd_create": sorted({in_child(syscall, "memfd_create", name, flag) for flag in FLAGS}),
    "memfd_secret": in_child(syscall, "memfd_secret", 0),
}
report(observed, attempt(mmap.mmap, -1, 4096) == "OK")
