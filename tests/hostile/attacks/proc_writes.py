"""Opens the kernel's switches in /proc and /sys for writing. Writes nothing.

attack: 16
guarantee: G2 G5
observed: {"opened": [], "read": []}
"""

import fcntl

from kit import *

SWITCHES = """sys/kernel/core_pattern sys/kernel/hostname sys/kernel/modprobe sys/vm/overcommit_memory
sys/kernel/randomize_va_space sys/fs/binfmt_misc/register sysrq-trigger self/uid_map self/gid_map
self/setgroups self/oom_score_adj 1/oom_score_adj self/attr/current irq/default_smp_affinity""".split()
paths = [f"/proc/{name}" for name in SWITCHES]
paths += ["/sys/kernel/uevent_helper", "/sys/fs/cgroup/cgroup.procs", "/sys/power/state"]
opened = [
    path for path in paths if attempt(os.open, path, os.O_WRONLY) == "OK" and not is_masked(path)
]
SECRETS = ("kcore", "kallsyms", "keys", "kmsg", "locks", "timer_list", "slabinfo", "vmallocinfo")
# The lock adds a line to /proc/locks that could be read.
held = open("held", "w")
fcntl.flock(held, fcntl.LOCK_EX)
read = []
for name in SECRETS:
    try:
        with open(f"/proc/{name}", "rb") as file:
            read += [name] if file.read(64) else []
    except OSError:
        pass
report({"opened": opened, "read": read}, attempt(os.open, "/proc/self/status", os.O_RDONLY) == "OK")
