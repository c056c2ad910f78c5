"""Slows other processes down by their nice value: one by one, by groups, by users.

A user's processes are the session's own where it has a user of its own; the neighbour reports its
own value.

attack: 15
guarantee: G3 G9
observed: {"processes": [], "groups": [], "another user's": ["ESRCH", "refused"]}
"""

from kit import *

groups = [pid for pid in foreign() if pid > 1]
names = {1: "pid 1", os.getppid(): "its supervisor"}
another = facts()["neighbour_uid"] if facts()["neighbour_uid"] != os.getuid() else 0
worse = min(os.getpriority(os.PRIO_PROCESS, 0) + 1, 19)
attempt(os.setpriority, os.PRIO_USER, 0, worse)  # The runner checks which processes that reached.
report(
    {
        "processes": [
            names.get(p, "another")
            for p in foreign()
            if attempt(os.setpriority, os.PRIO_PROCESS, p, 0) == "OK"
        ],
        "groups": [
            names.get(g, "another")
            for g in groups
            if attempt(os.setpriority, os.PRIO_PGRP, g, 0) == "OK"
        ],
        "another user's": attempt(os.setpriority, os.PRIO_USER, another, 0),
    },
    attempt(os.setpriority, os.PRIO_PROCESS, 0, worse) == "OK",
)
