"""Asks the kernel about other processes: groups, sessions, priorities, clocks, lock lists.

Where sessions share a pid namespace some answers show that a process exists; none may show its
memory.

attack: 15 16
guarantee: G3
observed: {"getpgid": [], "getsid": [], "getpriority": [], "policy": [], "clock": [], "robust list": []}
observed.container: {"robust list": []}
observed.restricted: {"robust list": []}
"""

from kit import *

room, length = address(bytes(16)), address(bytes(8))
others = [pid for pid in foreign() if pid not in (1, os.getppid())]
QUESTIONS = {
    "getpgid": lambda pid: syscall("getpgid", pid),
    "getsid": lambda pid: syscall("getsid", pid),
    "getpriority": lambda pid: syscall("getpriority", 0, pid),
    "policy": lambda pid: syscall("sched_getscheduler", pid),
    "clock": lambda pid: syscall("clock_gettime", ~pid << 3 | 2, room),
    "robust list": lambda pid: syscall("get_robust_list", pid, room, length),
}
control = QUESTIONS["getpgid"](os.getpid()) == "OK"
if facts()["lane"] != "native":
    QUESTIONS = {"robust list": QUESTIONS["robust list"]}
answered = {name: [pid for pid in others if ask(pid) == "OK"] for name, ask in QUESTIONS.items()}
report(answered, control)
