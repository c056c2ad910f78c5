"""Reads and writes every file in /proc of the server, its zygotes and the neighbour.

attack: 16
guarantee: G1 G3 G9
observed: {"read": [], "written": [], "followed": []}
"""

from kit import *

READ = """environ cmdline maps smaps smaps_rollup mem auxv stack syscall wchan io limits mounts mountinfo mountstats
numa_maps pagemap stat statm status comm sched schedstat timers timerslack_ns fdinfo/0 task net/tcp net/unix
cgroup oom_score oom_score_adj loginuid sessionid personality patch_state ns map_files fd attr/current""".split()
WRITE = "mem comm clear_refs oom_score_adj oom_adj coredump_filter timerslack_ns autogroup sched attr/exec uid_map gid_map projid_map".split()
LINKS = "root cwd exe fd/0 fd/1 fd/2 fd/3 ns/user ns/mnt ns/pid ns/net".split()
read, written, followed = [], [], []
for pid in [p for p in foreign() if p not in (1, os.getppid())]:
    for name in READ:
        path = f"/proc/{pid}/{name}"
        if (
            attempt(lambda p=path: open(p, "rb").read(1)) == "OK"
            or attempt(os.listdir, path) == "OK"
        ):
            read.append(name)
    written += [
        name for name in WRITE if attempt(os.open, f"/proc/{pid}/{name}", os.O_WRONLY) == "OK"
    ]
    for name in LINKS:
        if (
            attempt(os.readlink, f"/proc/{pid}/{name}") == "OK"
            or attempt(os.stat, f"/proc/{pid}/{name}/") == "OK"
        ):
            followed.append(name)
report(
    {"read": sorted(set(read)), "written": sorted(set(written)), "followed": sorted(set(followed))},
    attempt(lambda: open("/proc/self/status").read(1)) == "OK" and os.readlink("/proc/self/cwd"),
)
