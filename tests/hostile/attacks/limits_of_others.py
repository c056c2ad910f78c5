"""Changes limits and priorities of other processes, and raises its own.

attack: 15 47
guarantee: G3 G7
observed: {"prlimit": ["EPERM", "ESRCH"], "nice": ["EACCES", "EPERM"], "realtime": ["EPERM", "EACCES"], "of pid 1": ["EPERM", "ESRCH", "EACCES"], "ioprio": ["EPERM", "ESRCH", "EACCES"], "raised": []}
"""

import resource

from kit import *

raised = []
for name in ("RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_DATA", "RLIMIT_CORE", "RLIMIT_FSIZE"):
    number = getattr(resource, name)
    soft, hard = resource.getrlimit(number)
    if hard == resource.RLIM_INFINITY:
        raised.append(f"{name} is unlimited")
    elif attempt(resource.setrlimit, number, (soft, hard + 1)) == "OK":
        raised.append(name)
report(
    {
        "prlimit": attempt(resource.prlimit, 1, resource.RLIMIT_NOFILE, (10, 10)),
        "nice": attempt(os.setpriority, os.PRIO_PROCESS, 0, -5),
        "realtime": in_child(attempt, os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(1)),
        "of pid 1": attempt(os.setpriority, os.PRIO_PROCESS, 1, 19),
        "ioprio": in_child(syscall, "ioprio_set", 1, 1, 0x6000),
        "raised": raised,
    },
    attempt(os.setpriority, os.PRIO_PROCESS, 0, min(os.getpriority(os.PRIO_PROCESS, 0) + 1, 19))
    == "OK",
)
