"""Makes each bpf command, with attributes at address 0.

attack: 5
guarantee: G6
observed: {"answers": ["SIGSYS"]}
"""

from kit import *

answers = {in_child(syscall, "bpf", command, 0, 0) for command in range(40)}
report({"answers": sorted(answers)}, in_child(syscall, "getpid") == "OK")
