"""Inspects carreld's processes by /proc. Reads only."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


def _names(folder: str) -> list[str]:
    return [path.name for path in Path(folder).iterdir()]


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def tree(root: int) -> dict[int, int]:
    """Returns a process and all its descendants, with their parents."""
    numbers = [int(name) for name in _names("/proc") if name.isdigit()]
    parents = {pid: parent for pid in numbers if (parent := _parent(pid)) is not None}
    known = {root}
    while more := {pid for pid, parent in parents.items() if parent in known} - known:
        known |= more
    return {pid: parents[pid] for pid in known if pid in parents}


def _namespace(pid: int, kind: str) -> str:
    try:
        return str(Path(f"/proc/{pid}/ns/{kind}").readlink())
    except OSError:
        return ""


def _staff(root: int) -> tuple[list[int], list[int]]:
    """Returns the launcher (in a list), and the zygotes, without the launcher's adopted children.

    Sessions whose zygote has died are its children, too; they have a pid namespace of their own.
    """
    parents = tree(root)
    own = _namespace(root, "pid")
    launchers = [pid for pid, parent in parents.items() if parent == root]
    below = [pid for pid, parent in parents.items() if parent in launchers]
    return launchers, [pid for pid in below if _namespace(pid, "pid") == own]


def lasting(root: int) -> list[int]:
    """Returns a carreld, its launcher and its zygotes; all others are processes of sessions."""
    launchers, zygotes = _staff(root)
    return [root, *launchers, *zygotes]


def zygotes(root: int) -> dict[int, int]:
    """Returns the zygotes of a carreld, and how many children each has."""
    found = dict.fromkeys(_staff(root)[1], 0)
    for parent in tree(root).values():
        if parent in found:
            found[parent] += 1
    return found


def rss_kib(pid: int) -> int:
    """Returns the resident memory; 0 if the process has gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def private_kib(pid: int) -> int:
    """Returns private memory, with the page tables; 0 if the process has gone."""
    total = 0
    wanted = {"smaps_rollup": ("Private_Clean:", "Private_Dirty:"), "status": ("VmPTE:",)}
    for file, keys in wanted.items():
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
                if line.startswith(keys):
                    total += int(line.split()[1])
    return total


def cpu_nanoseconds(pid: int) -> dict[int, int]:
    """Returns the CPU time of those threads of a process that have the process's niceness."""
    found: dict[int, int] = {}
    niceness: dict[int, int] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            stat = (task / "stat").read_text().rpartition(")")[2].split()
            thread = int(task.name)
            niceness[thread] = int(stat[16])
            found[thread] = int((task / "schedstat").read_text().split()[0])
    return {thread: time for thread, time in found.items() if niceness[thread] == niceness[pid]}


def entries(folder: str) -> int:
    """Returns the number of entries of a directory; 0 if it has gone."""
    with contextlib.suppress(OSError):
        return len(_names(folder))
    return 0


def mounts(pids: list[int]) -> int:
    """Returns the number of mounts of all mount namespaces that these processes are in."""
    by_namespace: dict[str, int] = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{pid}/mountinfo").read_text().splitlines()
            by_namespace[_namespace(pid, "mnt")] = len(lines)
    return sum(by_namespace.values())


def cgroups() -> int:
    """Returns the number of control groups of the machine."""
    return sum(1 for _ in os.walk(CGROUPS))
