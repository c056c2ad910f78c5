"""Processes as the host sees them: reads /proc only."""

from __future__ import annotations

import os
from pathlib import Path

from support import all_pids


def _nspid(pid: int) -> list[int]:
    """Returns a process's pid in each of its pid namespaces, from ours inwards."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return []
    return next(([int(n) for n in x.split()[1:]] for x in lines if x.startswith("NSpid:")), [])


def inner_pid(pid: int, server_pid: int) -> int | None:
    """Returns a process's pid in the server's pid namespace; None if it has none there."""
    depth, seen = len(_nspid(server_pid)), _nspid(pid)
    return seen[depth - 1] if 0 < depth <= len(seen) else None


def pid_namespace(pid: int) -> str:
    """Returns the name of a process's pid namespace; empty if the process is gone."""
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return ""


def in_pid_namespace(name: str) -> set[int]:
    """Returns all processes of a pid namespace."""
    return {pid for pid in all_pids() if pid_namespace(pid) == name}


def descriptor_count(pid: int) -> int:
    """Returns how many descriptors a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208


def descriptors(pid: int) -> list[str]:
    """Returns a process's open descriptors and their targets."""
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(f"{link.name} {link.readlink()}")
        except OSError:
            continue
    return found


def look_of(pid: int) -> list[str]:
    """Returns the settings of a process that others could change, had they the right."""
    folder = Path(f"/proc/{pid}")
    status = [
        line
        for line in (folder / "status").read_text().splitlines()
        if line.startswith(("Name", "Umask", "Uid", "Groups", "Cap", "Cpus_allowed:", "NoNewPrivs"))
    ]
    stat = (folder / "stat").read_text().rpartition(")")[2].split()
    # The order is priority, nice, rt_priority, policy.
    priorities = [stat[15], stat[16], stat[37], stat[38]]
    stopped = ["stopped"] if stat[0] in "Tt" else []
    return [*status, *priorities, *stopped, (folder / "limits").read_text(),
            (folder / "oom_score_adj").read_text()]  # fmt: skip
