"""The target of attacks: a carreld, and the session of a neighbour, which must not be affected."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from carrel import Client, Session
from carrel.testing import LocalServer
from cgroup_view import cgroup_of, session_cgroups
from support import SLOWNESS, SessionProcesses, local_server, run, tree_below, value

from attack import current_lane
from leftovers import Leftovers
from processes import inner_pid, look_of

SECRET = "carrel-secret-0451"
TREASURE = "carrel-treasure-0815"

# The neighbour counts harmless signals, and reports every setting that others could change.
NEIGHBOUR = """
import os, resource, signal
treasure, got = 42, []
HARMLESS = (signal.SIGCONT, signal.SIGURG, signal.SIGWINCH, signal.SIGIO, signal.SIGUSR1)
for number in HARMLESS:
    _ = signal.signal(number, lambda number, frame: got.append(number))
open('neighbour.txt', 'w').write('TREASURE')
for name in ('/tmp/neighbour', '/dev/shm/neighbour'):
    open(name, 'w').close()
def look():
    paths = ('neighbour.txt', '/tmp/neighbour', '/dev/shm/neighbour')
    states = [(path, os.stat(path)) for path in paths]
    files = [(path, s.st_mode, s.st_nlink, s.st_uid, s.st_size, s.st_mtime) for path, s in states]
    limits = [resource.getrlimit(number) for number in range(16)]
    return [treasure, got, os.nice(0), sorted(os.sched_getaffinity(0)), os.sched_getscheduler(0),
            limits, os.getcwd(), os.listdir(), os.getuid(), open('neighbour.txt').read(), files]
""".replace("TREASURE", TREASURE)


def folder_of(server: LocalServer, session: Session) -> Path:
    """Returns the server's directory of a session: `<id>`, or `<id>.` and more."""
    sessions = server.data_directory / "sessions"
    found = (path for path in sessions.iterdir() if path.name.partition(".")[0] == session.id)
    return next(found, sessions / session.id)


@dataclass
class Target:
    """The server under attack, which must keep working, and its neighbour session."""

    server: LocalServer
    client: Client
    neighbour: Session
    facts: dict[str, Any]
    victim: Path  # A file of ours that attacks try to open by its path.
    neighbours_look: str
    leftovers: Leftovers

    def __post_init__(self) -> None:
        self._looks = self.host_looks()

    def host_looks(self) -> dict[int, list[str]]:
        """Returns the settings of the server's own processes that others could change."""
        return {pid: look_of(pid) for pid in self.leftovers.own_pids}

    def check_alive(self) -> None:
        """Checks that the service serves, and that the neighbour and all settings are unchanged."""
        assert value(self.neighbour, "look()") == self.neighbours_look
        assert self.neighbour.refresh().generation == 1
        assert [file.path for file in self.neighbour.files()] == ["neighbour.txt"]
        assert self.host_looks() == self._looks
        assert self.victim.read_text() == "untouched"
        assert [path.name for path in self.victim.parent.iterdir()] == [self.victim.name]
        with self.client.create_session() as fresh:
            found = "sorted(__import__('os').listdir('/tmp') + __import__('os').listdir())"
            assert value(fresh, found) == "[]"
            assert value(fresh, "6 * 7") == "42"

    def uid_of(self, session: Session) -> int:
        """Returns the user of a session's processes, as the host sees it."""
        return self.folder_of(session).joinpath("files").stat().st_uid

    def folder_of(self, session: Session) -> Path:
        """Returns the server's directory of a session."""
        return folder_of(self.server, session)

    def arm(self, session: Session, **more: Any) -> None:
        """Uploads the kit and the facts to an attacking session."""
        kit = Path(__file__).with_name("kit.py").read_bytes()
        session.write_bytes(kit, "kit.py")
        facts = {**self.facts, "pids": self._pids_beside(session), **more}
        session.write_bytes(json.dumps(facts).encode(), "facts.json")

    def _pids_beside(self, session: Session) -> list[int]:
        """Returns the pids of the server, of the neighbour and of warm sessions."""
        its_own = {pid for pid, _ in self.processes_of(session)}
        tree = {self.server.pid, *tree_below(self.server.pid)} - its_own
        inner = (inner_pid(pid, self.server.pid) for pid in tree)
        return [*self.facts["pids"], *sorted(filter(None, inner))]

    def processes_of(self, session: Session) -> set[tuple[int, str]]:
        """Returns all processes of a session, with its supervisor."""
        known = SessionProcesses(self.server, session).pids()
        return self.leftovers.census().session_of(known)

    def secrets(self) -> list[bytes]:
        """Returns text that no caller may find in a workspace of an attacker."""
        return [TREASURE.encode(), b"untouched"]


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """Sets variables, and restores them at the end."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


@contextmanager
def started_target(**config: Any) -> Iterator[Target]:
    """Starts a server to attack with that configuration; nothing may be left when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="carrel-hostile-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    listen = [f"unix:{folder}/carreld.sock", f"127.0.0.1:{port}"]
    try:
        # carreld has the secret, and its children must not have it. Targets may be nested.
        with (
            _environment(CARREL_TEST_SECRET=SECRET),
            local_server(listen=listen, **config) as server,
            Client(server.address) as client,
        ):
            # The server opens now all that it opens only once.
            with client.create_session() as first:
                first.write_bytes(b"x", "x")
                run(first, "print(open('x').read())")
                first.read_bytes("x")
            leftovers = Leftovers(server, client)
            neighbour = client.create_session()
            found = _make_target(server, client, neighbour, folder, port, leftovers)
            yield found
            found.check_alive()
            neighbour.delete()
            leftovers.check()
    finally:
        shutil.rmtree(folder)


def _make_target(
    server: LocalServer,
    client: Client,
    neighbour: Session,
    folder: Path,
    port: int,
    leftovers: Leftovers,
) -> Target:
    run(neighbour, NEIGHBOUR)
    victim = folder / "victims" / "victim.txt"
    victim.parent.mkdir()
    victim.write_text("untouched")
    home = folder_of(server, neighbour)
    mine = [os.getpid()] if current_lane() == "native" else []

    facts = {
        "lane": current_lane(),
        "pids": mine,
        "data_directory": str(server.data_directory),
        "neighbour_id": neighbour.id,
        "neighbour_folder": home.name,
        "neighbour_file": str(home / "files" / "neighbour.txt"),
        "neighbour_uid": (home / "files").stat().st_uid,
        "cgroups": [
            str(path) for path in (cgroup_of(server.pid), *session_cgroups(server)) if path
        ],
        "victim": str(victim),
        "log": str(server.log_path),
        "socket": f"{folder}/carreld.sock",
        "port": port,
        "secret": SECRET,
        "slowness": SLOWNESS,
    }
    return Target(server, client, neighbour, facts, victim, value(neighbour, "look()"), leftovers)
