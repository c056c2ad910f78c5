"""Uses each operation of seccomp: strict mode, filters of its own, in sync, logged, asking.

attack: 6
guarantee: G6
observed: {"not refused": []}
"""

from kit import *

allow = address(struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF0000))
program = address(struct.pack("<HxxxxxxQ", 1, allow))
CASES = {f"operation {op}, flags {flags}": ("seccomp", op, flags, program)
         for op in range(4) for flags in (0, 1, 2, 4, 8, 16, 32)}  # fmt: skip
CASES["prctl strict"] = ("prctl", 22, 1, 0, 0, 0)
CASES["prctl filter"] = ("prctl", 22, 2, program, 0, 0)
report({"not refused": refusals(syscall, CASES)}, libc.prctl(21, 0, 0, 0, 0) == 2)
