"""Calls with x32 numbers (nr | 0x40000000), which a filter on plain numbers would not know.

attack: 1
guarantee: G6
observed: {"getpid": ["SIGSYS", "ENOSYS", "EPERM"], "ptrace": ["SIGSYS", "ENOSYS", "EPERM"], "execve": ["SIGSYS", "ENOSYS", "EPERM"]}
"""

from kit import *

calls = {"getpid": 39, "ptrace": 521, "execve": 520}
observed = {name: in_child(syscall, number | 0x40000000) for name, number in calls.items()}
report(observed, syscall(39) == "OK")
