"""Asks for 100 GiB at once, and maps what it may map.

attack: 45
guarantee: G7
observed: {"bytearray": "MemoryError", "mmap": ["ENOMEM", "OK"]}
"""

from kit import *

report(
    {"bytearray": attempt(bytearray, 100 << 30), "mmap": attempt(mmap.mmap, -1, 100 << 30)},
    attempt(bytearray, 1 << 20) == "OK",
)
