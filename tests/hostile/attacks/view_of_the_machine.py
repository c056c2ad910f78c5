"""Writes to, replaces and covers the files about its memory and CPUs; inspects /sys behind them.

They are copies: writing to them would change no limit. In a container /sys is the container's, of
which the files about CPUs can be read.

attack: 16
guarantee: G1 G2 G7
observed: {"changed": [], "beyond": [], "its own": true}
"""

import pathlib

from kit import *

NATIVE = facts()["lane"] == "native"
FILES = """/proc/meminfo /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max /sys/fs/cgroup/pids.max
/sys/fs/cgroup/cgroup.controllers /sys/devices/system/cpu/online /run/session/view/meminfo
/run/session/view/cpu/online""".split()
NEW = "carrel-test-must-not-exist"
changed = []
for path in map(pathlib.Path, FILES):
    tries = {
        "write": lambda path: os.open(path, os.O_WRONLY),
        "append": lambda path: os.open(path, os.O_WRONLY | os.O_APPEND),
        "both": lambda path: os.open(path, os.O_RDWR),
        "truncate": lambda path: os.truncate(path, 0),
        "remove": os.unlink,
        "move": lambda path: os.rename(path, "/mnt/data/" + NEW),
        "mode": lambda path: os.chmod(path, 0o666),
        "link": lambda path: os.link(path, "/mnt/data/" + NEW),
        "new": lambda path: os.mkdir(path.parent / NEW),
        "cover": lambda path: os.symlink("/mnt/data", path.parent / NEW),
    }
    # A file that the guest library makes for it is its own, and nobody else reads it.
    changed += [f"{name} {path}" for name, call in tries.items() if attempt(call, path) == "OK"]

SECRETS = """/sys/class/dmi/id/product_uuid /sys/class/net/lo/address /sys/kernel/notes /sys/block /sys/bus
/sys/firmware /sys/module /sys/power/state /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/memory.stat
/sys/fs/cgroup/memory.current /sys/fs/cgroup/cpu.stat /sys/devices/system/memory /sys/devices/virtual""".split()
beyond = [
    path for path in SECRETS if attempt(os.listdir if os.path.isdir(path) else open, path) == "OK"
]
if NATIVE:
    named = {"class", "net", "fs", "cgroup", "devices", "system", "cpu", "cpus", "topology", "online", "possible", "present",
             "memory.max", "memory.high", "memory.swap.max", "cpu.max", "pids.max",
             "cgroup.controllers", "cpuset.cpus.effective"}  # fmt: skip
    for folder, folders, files in os.walk("/sys"):
        of_cpus = folder.endswith("/topology")
        beyond += [
            f"{folder}/{name}"
            for name in folders + files
            if not (of_cpus or name in named or name.rstrip("0123456789") == "cpu")
        ]
(total,) = (int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal:"))
report(
    {
        "changed": changed,
        "beyond": beyond,
        "its own": total * 1024 == os.sysconf("SC_PHYS_PAGES") * 4096,
    },
    attempt(open, "/proc/meminfo") == "OK",
)
