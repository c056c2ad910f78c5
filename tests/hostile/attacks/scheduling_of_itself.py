"""Gives itself real time, deadlines, a better nice value, and its own group's.

attack: 15 46
guarantee: G7
observed: {"got": []}
"""

from kit import *

one = address(struct.pack("<i", 1))
deadline = address(struct.pack("<IIQiIQQQ", 48, 6, 0, 0, 0, 10**6, 10**7, 10**7))
better = address(struct.pack("<IIQiIQQQ", 48, 0, 0, -10, 0, 0, 0, 0))
CALLS = {
    "fifo": ("sched_setscheduler", 0, 1, one),
    "round robin": ("sched_setscheduler", 0, 2, one),
    "fifo, later": ("sched_setscheduler", 0, 0x40000001, one),
    "deadline": ("sched_setattr", 0, deadline, 0),
    "nice by attributes": ("sched_setattr", 0, better, 0),
    "nice": ("setpriority", 0, 0, -1 & 0xFFFFFFFF),
    "nice of its group": ("setpriority", 1, 0, -1 & 0xFFFFFFFF),
    "nice of its user": ("setpriority", 2, 0, -1 & 0xFFFFFFFF),
    "disk": ("ioprio_set", 1, 0, 1 << 13),
}
report(
    {"got": [name for name, call in CALLS.items() if in_child(syscall, *call) == "OK"]},
    in_child(syscall, "setpriority", 0, 0, min(os.getpriority(os.PRIO_PROCESS, 0) + 1, 19)) == "OK",
)
