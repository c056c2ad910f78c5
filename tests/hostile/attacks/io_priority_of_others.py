"""Changes the disk priority of other processes, groups and users.

attack: 15
guarantee: G3 G9
observed: {"not refused": []}
"""

from kit import *

BEST_EFFORT = 2 << 13 | 4
cases = {f"process {pid}": ("ioprio_set", 1, pid, BEST_EFFORT) for pid in foreign()}
cases |= {f"group {pid}": ("ioprio_set", 2, pid, BEST_EFFORT) for pid in foreign()}
cases |= {
    f"user {uid}": ("ioprio_set", 3, uid, BEST_EFFORT) for uid in (0, facts()["neighbour_uid"])
}
cases |= {"read": ("ioprio_get", 1, 1)}
found = [line for line in refusals(syscall, cases) if not line.endswith("ESRCH")]
report({"not refused": found}, attempt(os.nice, 0) == "OK")
