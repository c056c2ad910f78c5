"""Processes as the host sees them: reads /proc only."""

from __future__ import annotations

import os
from pathlib import Path

from support import all_pids


def _nspid(pid: int) -> list[int]:
    """A process's pid in each of its pid namespaces, from ours inwards."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return []
    return next(([int(n) for n in x.split()[1:]] for x in lines if x.startswith("NSpid:")), [])


def inner_pid(pid: int, server_pid: int) -> int | None:
    """The pid by which the server's pid namespace knows a process; None if it does not."""
    depth, seen = len(_nspid(server_pid)), _nspid(pid)
    return seen[depth - 1] if 0 < depth <= len(seen) else None


def pid_namespace(pid: int) -> str:
    """Names the pid namespace a process is in; empty if it is gone."""
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return ""


def in_pid_namespace(name: str) -> set[int]:
    """All processes of a pid namespace."""
    return {pid for pid in all_pids() if pid_namespace(pid) == name}


def descriptor_count(pid: int) -> int:
    """How many descriptors a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208


def descriptors(pid: int) -> list[str]:
    """What a process has open."""
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(f"{link.name} {link.readlink()}")
        except OSError:
            continue
    return found


def look_of(pid: int) -> list[str]:
    """What other processes could change of this one, had they the right."""
    folder = Path(f"/proc/{pid}")
    status = [
        line
        for line in (folder / "status").read_text().splitlines()
        if line.startswith(("Name", "Umask", "Uid", "Groups", "Cap", "Cpus_allowed:", "NoNewPrivs"))
    ]
    stat = (folder / "stat").read_text().rpartition(")")[2].split()
    priorities = [stat[15], stat[16], stat[37], stat[38]]  # priority, nice, rt_priority, policy
    stopped = ["stopped"] if stat[0] in "Tt" else []
    return [*status, *priorities, *stopped, (folder / "limits").read_text(),
            (folder / "oom_score_adj").read_text()]  # fmt: skip
