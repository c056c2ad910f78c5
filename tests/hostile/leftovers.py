"""What a whole suite of attacks must not leave behind.

Looks only, and only at what could be ours: the machine has other users.
"""

from __future__ import annotations

from pathlib import Path

from carrel.testing import LocalServer
from support import (
    all_pids,
    eventually,
    identities,
    is_alive,
    pids_of_uid,
    survivors,
    tree_below,
)

from attack import current_lane
from processes import descriptor_count, descriptors, in_pid_namespace, pid_namespace

# Where the host's own folders could hold what a session made.
FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/")
# What sessions have mounted, and the host has not.
MOUNT_POINTS = ("/mnt/data", "/run/session", "/opt/carrel", "/proc/kcore", "/proc/kallsyms")


class Leftovers:
    """Knows what there was when the server was fresh, and compares."""

    def __init__(self, server: LocalServer) -> None:
        self._server = server
        self.own_pids = set(filter(is_alive, [server.pid, *tree_below(server.pid)]))
        self._processes = self.processes()
        self._started = identities(self.own_pids)
        self._descriptors = {pid: descriptor_count(pid) for pid in self.own_pids}
        self._mounts = _mounts()
        self._cgroups = _cgroups()
        self._ipc = _ipc()
        self._names = _names()
        self._uids: set[int] = set()

    def remember_uid(self, uid: int) -> None:
        """Notes the user of a session."""
        self._uids.add(uid)

    def processes(self) -> set[tuple[int, str]]:
        """All processes that are the server's or a session's."""
        pids = {self._server.pid, *tree_below(self._server.pid)}
        if current_lane() != "native":
            pids |= in_pid_namespace(pid_namespace(self._server.pid))
        return identities(pids)

    def new_processes(self, since: set[tuple[int, str]]) -> set[tuple[int, str]]:
        """Processes that were not there before, and still live."""
        return survivors(self.processes() - since)

    def check(self) -> None:
        """All sessions were deleted: nothing may be left of them."""
        eventually(lambda: not self.new_processes(self._processes), "no process is left", 20)
        assert survivors(self._started) == self._started, "a process of the server has ended"
        assert [p for p in all_pids() if _uid(p) in self._own_uids()] == []
        for pid, count in self._descriptors.items():
            # One connection of a caller may come and go meanwhile.
            eventually(
                lambda pid=pid, most=count + (2 if pid == self._server.pid else 0): (
                    descriptor_count(pid) <= most
                ),
                f"process {pid} has no more descriptors than the {count} at first:"
                f" {descriptors(pid)}",
                20,
            )
        sessions = self._server.data_directory / "sessions"
        assert list(sessions.iterdir()) == []
        ours = (str(sessions.parent.parent), *MOUNT_POINTS)
        mounts = [line for line in _mounts() - self._mounts if any(o in line for o in ours)]
        assert mounts == [], "a mount is left in the host's namespace"
        assert [name for name in _cgroups() - self._cgroups if self._is_ours(name)] == []
        assert [line for line in _ipc() - self._ipc if self._is_ours_ipc(line)] == []
        assert [name for name in _names() - self._names if self._owns(name)] == []

    def _own_uids(self) -> set[int]:
        # A lane in which sessions share the server's own user says nothing by uids.
        return self._uids - {_uid(self._server.pid)}

    def _is_ours(self, cgroup: str) -> bool:
        return "carrel" in cgroup and str(self._server.pid) in cgroup

    def _is_ours_ipc(self, line: str) -> bool:
        return any(field.isdigit() and int(field) in self._own_uids() for field in line.split())

    def _owns(self, name: str) -> bool:
        path = Path(name)
        try:
            uid = path.lstat().st_uid
        except OSError:
            return False
        return uid in self._own_uids() or "carrel-test-must-not-exist" in path.name


def pids_left(uid: int, shared_with: int) -> list[int]:
    """The processes of a session's user, if that user is its own."""
    return [] if uid == _uid(shared_with) else pids_of_uid(uid)


def _uid(pid: int) -> int:
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return -1


def _mounts() -> set[str]:
    """Mounts of the host, without their ids, which the kernel gives anew."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return {" ".join(line.split()[3:]) for line in lines}


def _cgroups() -> set[str]:
    return {str(path) for path in Path("/sys/fs/cgroup").rglob("*") if path.is_dir()}


def _ipc() -> set[str]:
    return {
        f"{kind}: {line}"
        for kind in ("shm", "sem", "msg")
        for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]
    }


def _names() -> set[str]:
    found = set()
    for folder in FOLDERS:
        try:
            found |= {str(path) for path in Path(folder).iterdir()}
        except OSError:
            continue
    return found
