"""Asks for deadly signals at its parent's death, for itself and its children.

attack: 14 20
guarantee: G3
observed: {"asked": ["OK"], "supervisor": "EPERM"}
"""

from kit import *

answers = {in_child(syscall, "prctl", 1, number, 0, 0, 0) for number in (0, 9, 15, 64)}
report(
    {"asked": sorted(answers), "supervisor": attempt(os.kill, os.getppid(), 0)},
    syscall("prctl", 1, 0, 0, 0, 0) == "OK",
)
