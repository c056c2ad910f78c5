"""Powers off, sets quotas, accounting, swap and ports, with magic numbers that are wrong.

attack: 5
guarantee: G6
observed: {"answers": ["SIGSYS"]}
"""

from kit import *

CASES = {
    "reboot": (0, 0, 0, 0),
    "quotactl": (-1, -1, -1, 0),
    "quotactl_fd": (-1, -1, -1, 0),
    "acct": (-1,),
    "swapon": (-1, 0),
    "swapoff": (-1,),
    "iopl": (0,),
    "ioperm": (0, 0, 0),
    "lookup_dcookie": (0, 0, 0),
    "nfsservctl": (-1, 0, 0),
    "uselib": (-1,),
}
answers = {in_child(syscall, name, *arguments) for name, arguments in CASES.items()}
report({"answers": sorted(answers)}, in_child(syscall, "getpid") == "OK")
