"""Mounts by the new calls, each step alone, and inspects mounts by their ids.

attack: 12
guarantee: G1 G2 G6
observed: {"killed": ["SIGSYS", "EPERM"], "not refused": []}
"""

from kit import *

KILLED = ("fsopen", "fsconfig", "fsmount", "fspick", "move_mount", "open_tree", "mount_setattr")
answers = {in_child(syscall, name, -1, -1, -1, -1, -1) for name in KILLED}
CASES = {name: (name, -1, -1, -1, -1, -1) for name in ("statmount", "listmount", "open_tree_attr")}
report(
    {
        "killed": answers.pop() if len(answers) == 1 else sorted(answers),
        "not refused": refusals(syscall, CASES),
    },
    in_child(syscall, "getpid") == "OK",
)
