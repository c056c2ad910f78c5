"""Checks that a whole suite of attacks leaves nothing behind.

The checks only read, and only inspect what could be ours: the machine has other users. There are
always sessions that nobody has opened: the warm ones, whose number carreld reports. Each has two
processes and one directory, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from carrel import Client, Limits
from carrel.testing import LocalServer
from cgroup_view import session_cgroups, sessions_cgroup
from support import (
    SLOWNESS,
    all_children,
    all_pids,
    eventually,
    identities,
    is_alive,
    pids_of_uid,
    settle,
    survivors,
    tree_below,
    warm_count,
)

from attack import current_lane
from processes import descriptor_count, descriptors, in_pid_namespace, pid_namespace

# Directories of the host that could contain files of a session.
FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/")
# Paths that sessions have mounted, and the host has not.
MOUNT_POINTS = ("/mnt/data", "/run/session", "/opt/carrel", "/proc/kcore", "/proc/kallsyms")


# Limits that no image has by default, so that no warm session fits them.
ODD_LIMITS = Limits(memory_bytes=(500 << 20) + 4096)
_SUPERVISOR_AND_INTERPRETER = 2
# The name of everything that attacks try to make elsewhere.
MADE_BY_ATTACKS = "carrel-test-must-not-exist"


@dataclass(frozen=True)
class Census:
    """The living processes that are the server's or a session's, at one moment.

    Attributes:
        sessions: all processes of each session, by the pid of its supervisor.
        strays: processes that belong neither to the server nor to a session.
    """

    sessions: dict[int, set[tuple[int, str]]]
    strays: set[tuple[int, str]]

    def session_of(self, pids: list[int]) -> set[tuple[int, str]]:
        """Returns the session of these processes, with its supervisor; empty if there is none."""
        found = [tree for tree in self.sessions.values() if {pid for pid, _ in tree} & set(pids)]
        assert len(found) <= 1, "processes of one session have two supervisors"
        return found[0] if found else set()


@dataclass(frozen=True)
class Descriptors:
    """The number of descriptors of each server process, and of warm sessions at that time."""

    counts: dict[int, int]
    warm: int


class Leftovers:
    """Records the resources of a fresh server with a settled pool, and compares later."""

    def __init__(self, server: LocalServer, client: Client) -> None:
        self._server = server
        self._client = client
        settle(client)
        self.own_pids = self._own()
        self._started = identities(self.own_pids)
        self._descriptors = self.descriptors()
        self._of_each_session = self._descriptors_of_a_session()
        self._mounts = _mounts()
        self._cgroups = _cgroups()
        self._ipc = _ipc()
        self._names = _names()
        self._uids: set[int] = set()
        self.check_processes()

    def _own(self) -> set[int]:
        """Returns the server, its launcher and its zygotes, whose children are supervisors."""
        children = all_children()
        (launcher,) = children[self._server.pid]
        zygotes = children[launcher]
        return {self._server.pid, launcher, *zygotes}

    def remember_uid(self, uid: int) -> None:
        """Notes the user of a session."""
        self._uids.add(uid)

    def census(self) -> Census:
        """Counts all processes that are the server's or a session's."""
        children = all_children()
        sessions = {}
        for pid in self.own_pids - {self._server.pid}:
            for supervisor in set(children.get(pid, [])) - self.own_pids:
                tree = survivors(identities({supervisor, *tree_below(supervisor, children)}))
                sessions[supervisor] = tree
        pids = {self._server.pid, *tree_below(self._server.pid, children)}
        if current_lane() != "native":
            pids |= in_pid_namespace(pid_namespace(self._server.pid))
        known = set().union(*sessions.values())
        strays = survivors(identities(pids - self.own_pids) - known)
        return Census({key: tree for key, tree in sessions.items() if tree}, strays)

    def strays(self) -> set[tuple[int, str]]:
        """Returns processes that belong neither to the server nor to a session, in two samples."""
        # The second sample is needed because the first is not of one moment.
        return self.census().strays & self.census().strays

    def surplus(self) -> list[str]:
        """Returns differences from the processes and directories of the open and the warm sessions.

        No process of an open session may have children.
        """
        warm = warm_count(self._client)
        wanted = warm + len(list(self._client.sessions()))
        census = self.census()
        folders = list(self._sessions_folder().iterdir())
        if warm_count(self._client) != warm:
            return ["the pool has not settled"]
        found = [f"stray process {pid}" for pid, _ in census.strays]
        if len(census.sessions) != wanted:
            found.append(f"{wanted} sessions, but {len(census.sessions)} supervisors")
        if len(folders) != wanted:
            found.append(f"{wanted} sessions, but {len(folders)} folders")
        if sessions_cgroup(self._server) and len(session_cgroups(self._server)) != wanted:
            found.append(f"{wanted} sessions, but {len(session_cgroups(self._server))} cgroups")
        for supervisor, tree in census.sessions.items():
            if len(tree) != _SUPERVISOR_AND_INTERPRETER:
                found.append(f"supervisor {supervisor} and its session are {len(tree)} processes")
        return found

    def check_processes(self) -> None:
        """Checks that all processes are the server's or those of open and of warm sessions."""
        eventually(lambda: self.surplus() == [], "nothing is left", 30 * SLOWNESS, self.surplus)
        assert survivors(self._started) == self._started, "a process of the server has ended"

    def descriptors(self) -> Descriptors:
        """Counts the descriptors of the server's processes, when the pool has settled."""
        warm = settle(self._client)
        return Descriptors({pid: descriptor_count(pid) for pid in self.own_pids}, warm)

    def check_descriptors(self, before: Descriptors) -> None:
        """Checks that there are no more than before, except for sessions that became warm."""

        def excess() -> list[str]:
            more = warm_count(self._client) - before.warm
            found = []
            for pid, count in before.counts.items():
                # One connection of a caller may be opened or closed meanwhile.
                allowed = 2 + self._of_each_session * more if pid == self._server.pid else 0
                if descriptor_count(pid) > count + allowed:
                    found.append(f"{pid} had {count}, and {more} more are warm: {descriptors(pid)}")
            return found

        what = "no process has more descriptors than before"
        eventually(lambda: not excess(), what, 20 * SLOWNESS, excess)

    def _descriptors_of_a_session(self) -> int:
        """Returns the number of descriptors that a session costs the server."""
        sessions = [self._client.create_session(limits=ODD_LIMITS) for _ in range(3)]
        more = descriptor_count(self._server.pid) - self._descriptors.counts[self._server.pid]
        for session in sessions:
            session.delete()
        return more // len(sessions)

    def _sessions_folder(self) -> Path:
        return self._server.data_directory / "sessions"

    def check(self) -> None:
        """Checks that nothing is left of the sessions, which were all deleted."""
        self.check_processes()
        known = {pid for tree in self.census().sessions.values() for pid, _ in tree}
        users = self._own_uids()
        left = [pid for pid in all_pids() if pid not in known and _uid(pid) in users]
        assert [pid for pid in left if is_alive(pid)] == []
        self.check_descriptors(self._descriptors)
        ours = (str(self._server.data_directory.parent), *MOUNT_POINTS)
        mounts = [line for line in _mounts() - self._mounts if any(o in line for o in ours)]
        assert mounts == [], "a mount is left in the host's namespace"
        assert [path for path in _cgroups() - self._cgroups if MADE_BY_ATTACKS in path] == []
        assert [line for line in _ipc() - self._ipc if self._is_ours_ipc(line)] == []
        assert [name for name in _names() - self._names if self._owns(name)] == []

    def _own_uids(self) -> set[int]:
        # Uids identify nothing in an isolation mode in which sessions share the server's own user.
        return self._uids - {_uid(self._server.pid)}

    def _is_ours_ipc(self, line: str) -> bool:
        return any(field.isdigit() and int(field) in self._own_uids() for field in line.split())

    def _owns(self, name: str) -> bool:
        path = Path(name)
        try:
            uid = path.lstat().st_uid
        except OSError:
            return False
        return uid in self._own_uids() or MADE_BY_ATTACKS in path.name


def pids_left(uid: int, shared_with: int) -> list[int]:
    """Returns the processes of a session's user, if that user is its own."""
    return [] if uid == _uid(shared_with) else pids_of_uid(uid)


def _uid(pid: int) -> int:
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return -1


def _mounts() -> set[str]:
    """Returns the mounts of the host, without their ids, which the kernel assigns anew."""
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
