"""Takes no_new_privs and dumpability back by the options that are allowed.

attack: 6 11
guarantee: G5
observed: {"unset": ["EINVAL", "refused"], "still": "1"}
"""

from kit import *

unset = in_child(syscall, "prctl", 38, 0, 0, 0, 0)
with open("/proc/self/status") as status:
    still = next(line.split()[1] for line in status if line.startswith("NoNewPrivs"))
report({"unset": unset, "still": still}, syscall("prctl", 38, 1, 0, 0, 0) == "OK")
