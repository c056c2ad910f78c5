"""Calls each of x32's own numbers (512 to 547) and x32's names of escape-class calls.

attack: 1
guarantee: G6
observed: {"answered": []}
"""

from kit import *

NUMBERS_OF_ITS_OWN = [*range(512, 548), 101, 165, 272, 308, 321, 425, 435]
answers = {n: in_child(syscall, n | 0x40000000, -1, -1, -1, -1, -1) for n in NUMBERS_OF_ITS_OWN}
report(
    {
        "answered": [
            f"{n}: {a}" for n, a in answers.items() if a not in ("SIGSYS", "ENOSYS", "EPERM")
        ]
    },
    in_child(syscall, 39) == "OK",
)
