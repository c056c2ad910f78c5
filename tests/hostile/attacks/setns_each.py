"""Enters namespaces: its own again, those of pid 1, of the server, and through pidfds.

attack: 2
guarantee: G3 G5 G6
observed: {"own": [], "by pidfd": [], "of others": []}
"""

from kit import *

KINDS = ["cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "user", "uts"]
own = {kind: ("setns", os.open(f"/proc/self/ns/{kind}", os.O_RDONLY), 0) for kind in KINDS}
opened = [
    f"{pid} {kind}"
    for pid in foreign()
    for kind in KINDS
    if attempt(os.open, f"/proc/{pid}/ns/{kind}", os.O_RDONLY) == "OK"
]
try:
    pidfd = os.pidfd_open(os.getpid())
except OSError:  # pidfd_open is refused; the directory in /proc serves as a pidfd.
    pidfd = os.open("/proc/self", os.O_RDONLY)
by_pidfd = {hex(flag): ("setns", pidfd, flag) for flag in (0x20000, 0x10000000, 0x40000000)}
report(
    {
        "own": refusals(syscall, own),
        "by pidfd": refusals(syscall, by_pidfd),
        "of others": opened,
    },
    len(own) == len(KINDS),
)
