"""Looks for the cgroups that hold it, by every mount and name, to move, to raise its limits, to kill a neighbour's.

attack: 12 16 47
guarantee: G2 G3 G7
observed: {"opened": [], "made": [], "mounted": [], "told of others": []}
observed.container: {"opened": [], "made": [], "mounted": []}
observed.restricted: {"opened": [], "made": [], "mounted": []}
"""

from kit import *

FILES = "cgroup.procs cgroup.threads cgroup.kill cgroup.freeze cgroup.type cgroup.subtree_control".split()
FILES += "cgroup.max.descendants memory.max memory.oom.group memory.reclaim pids.max cpu.max tasks".split()

mounts = [line.split() for line in open("/proc/self/mountinfo")]
own = [line.strip().split(":", 2)[2] for line in open("/proc/self/cgroup")]
places = {fields[4] for fields in mounts if " - cgroup" in " ".join(fields)}
places |= {"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/proc/self/root/sys/fs/cgroup"}
names = ["", *own, *facts()["cgroups"]]
folders = {os.path.normpath(f"{place}/{name}") for place in places for name in names}
folders |= {f"{folder}/../.." for folder in folders} | set(facts()["cgroups"])

opened = [f for d in folders for f in FILES if attempt(os.open, f"{d}/{f}", os.O_WRONLY) == "OK"]
made = [d for d in folders if attempt(os.mkdir, f"{d}/carrel-test-must-not-exist") == "OK"]
os.mkdir("cgroups")
mounted = []
for kind in (b"cgroup2\0", b"cgroup\0"):
    name, target = ctypes.create_string_buffer(kind), ctypes.create_string_buffer(b"cgroups\0")
    for call, arguments in (
        ("mount", (ctypes.addressof(name), ctypes.addressof(target), ctypes.addressof(name), 0, 0)),
        ("fsopen", (ctypes.addressof(name), 0)),
    ):
        if in_child(syscall, call, *arguments) == "OK":
            mounted.append(call)
observed = {"opened": opened, "made": made, "mounted": mounted}
if facts()["lane"] == "native":  # It is in a cgroup namespace of its own.
    observed["told of others"] = [path for path in own if path != "/"]
report(observed, attempt(os.open, "facts.json", os.O_WRONLY) == "OK" and len(own) > 0)
