"""Reaches other processes' directories in /proc: threads, `..`, magic links, other mounts.

attack: 16
guarantee: G1 G3
observed: {"reached": []}
"""

from kit import *

others = [pid for pid in foreign() if pid not in (1, os.getppid())]
WAYS = ["/proc/self/../{}", "/proc/thread-self/../../../{}", "/proc/self/task/../../{}", "/proc/self/task/{}",
        "/proc/self/root/proc/{}", "/proc/self/cwd/../../proc/{}", "/proc/1/../{}", "/proc/self/fd/../../{}",
        "/mnt/data/../../proc/{}", "/dev/../proc/{}", "/proc/net/../../{}"]  # fmt: skip
reached = [
    way
    for way in WAYS
    for pid in others
    for name in ("environ", "maps", "cmdline")
    if attempt(lambda p=f"{way.format(pid)}/{name}": open(p, "rb").read(1)) == "OK"
]
own = WAYS[0].format(os.getpid()) + "/maps"
report({"reached": reached}, attempt(lambda: open(own, "rb").read(1)) == "OK")
