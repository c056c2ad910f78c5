"""Changes how other processes are scheduled: policies, parameters, deadlines. The values are those they have, or next to them.

That a process should have the ordinary policy is answered, and does nothing: all have it.

attack: 15
guarantee: G3 G7 G9
observed: {"changed": []}
"""

from kit import *

parameter = address(struct.pack("<i", 0))
attributes = address(struct.pack("<IIQiIQQQ", 48, 0, 0, 0, 0, 0, 0, 0))
changed = []
for pid in foreign():
    for call in (
        ("sched_setscheduler", pid, 3, parameter),
        ("sched_setparam", pid, parameter),
        ("sched_setattr", pid, attributes, 0),
    ):
        if in_child(syscall, *call) == "OK":
            changed.append([call[0], pid])
report({"changed": changed}, in_child(syscall, "sched_getscheduler", 0) == "OK")
