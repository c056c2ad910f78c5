"""Switches protections of its memory off: READ_IMPLIES_EXEC, ADDR_NO_RANDOMIZE, the 32-bit personality.

attack: 9
guarantee: G6
observed: {"READ_IMPLIES_EXEC": ["EPERM", "EACCES"], "ADDR_NO_RANDOMIZE": ["EPERM", "EACCES"], "PER_LINUX32": ["EPERM", "EACCES"]}
"""

from kit import *

flags = {"READ_IMPLIES_EXEC": 0x400000, "ADDR_NO_RANDOMIZE": 0x40000, "PER_LINUX32": 8}
observed = {name: in_child(syscall, "personality", flag) for name, flag in flags.items()}
report(observed, syscall("personality", 0xFFFFFFFF) == "OK")
