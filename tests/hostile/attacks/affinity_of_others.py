"""Pins other processes to processors. The set is the one they have.

attack: 15
guarantee: G3 G9
observed: {"pinned": [], "asked": []}
"""

from kit import *

mask = address(struct.pack("<Q", sum(1 << cpu for cpu in os.sched_getaffinity(0))))
room = address(bytes(128))
pinned = [pid for pid in foreign() if in_child(syscall, "sched_setaffinity", pid, 8, mask) == "OK"]
report(
    {
        "pinned": pinned,
        "asked": [
            p
            for p in foreign()
            # That a process is there is no secret where sessions share a pid namespace.
            if facts()["lane"] == "native"
            and p > 1
            and in_child(syscall, "sched_getaffinity", p, 128, room) == "OK"
        ],
    },
    in_child(syscall, "sched_getaffinity", 0, 128, room) == "OK",
)
