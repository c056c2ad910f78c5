"""Writes into memory that it shares with the zygote since the fork: code of libc.

attack: 16 23
guarantee: G9
observed: {"through /proc": ["EROFS", "EACCES", "EPERM"], "of a program's file": "same"}
"""

from kit import *

text = ctypes.cast(libc.a64l, ctypes.c_void_p).value
page = text & ~4095
before = ctypes.string_at(text, 16)
syscall("mprotect", page, 8192, 7)
ctypes.memmove(text, b"\x0f\x0b" * 8, 16)  # this process's copy alone
with open("/proc/self/maps") as maps:
    library = next(
        line.split()[-1]
        for line in maps
        if int(line.split("-")[0], 16) <= text < int(line.split("-")[1].split()[0], 16)
    )
with open(library, "rb") as file:
    same = before in file.read()
report(
    {
        "through /proc": attempt(os.open, "/proc/self/mem", os.O_RDWR),
        "of a program's file": "same" if same else "changed",
    },
    ctypes.string_at(text, 2) == b"\x0f\x0b",
)
