"""The host's view of a server's cgroups.

Tests of cgroups are skipped, with the reason, where there are none. With CARREL_NEEDS_CGROUPS, as
in ./dev test-vm, a server without cgroups is a failure.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from carrel.testing import LocalServer

_MOUNTS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))


def cgroup_of(pid: int) -> Path | None:
    """Returns the directory of a process's cgroup (version 2); None if it is gone or has none."""
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    except OSError:
        return None
    names = [line.removeprefix("0::/") for line in lines if line.startswith("0::/")]
    found = (mount / name for name in names for mount in _MOUNTS)
    return next((path for path in found if (path / "cgroup.procs").exists()), None)


def sessions_cgroup(server: LocalServer) -> Path | None:
    """Returns the cgroup that contains those of a server's sessions, if there is one."""
    own = cgroup_of(server.pid)
    if own is None or own.name != "control" or not own.parent.name.startswith("carrel-"):
        return None
    return own.parent / "sessions"


def session_cgroups(server: LocalServer) -> list[Path]:
    """Returns the cgroups of a server's sessions, warm ones too."""
    parent = sessions_cgroup(server)
    return [path for path in parent.iterdir() if path.is_dir()] if parent else []


def require_cgroups(server: LocalServer) -> Path:
    """Returns the directory of the sessions' cgroups; skips the test if sessions have none."""
    if parent := sessions_cgroup(server):
        return parent
    lines = [line for line in server.log_text().splitlines() if "sessions get no cgroups" in line]
    why = f"NOT AVAILABLE: {lines[-1] if lines else 'the server does not say why'}"
    if os.environ.get("CARREL_NEEDS_CGROUPS"):
        pytest.fail(why)
    pytest.skip(why)


def number(path: Path, key: str = "") -> int:
    """Returns the number in a file of a cgroup, or in its line with that key."""
    text = path.read_text()
    if key:
        text = next(line for line in text.splitlines() if line.startswith(key + " "))
    return int(text.split()[-1])
