"""A server to attack, with a neighbour whose session must not notice."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from carrel import Client, Session
from carrel.testing import LocalServer
from support import local_server, run, tree_below, value

SECRET = "carrel-secret-0451"


@dataclass
class Target:
    """What is attacked, and must go on."""

    server: LocalServer
    client: Client
    neighbour: Session
    facts: dict[str, Any]

    def check_alive(self) -> None:
        """The service serves, the neighbour has all it had."""
        assert value(self.neighbour, "treasure") == "42"
        assert self.neighbour.refresh().generation == 1
        assert [file.path for file in self.neighbour.files()] == ["neighbour.txt"]
        with self.client.create_session() as fresh:
            found = "sorted(__import__('os').listdir('/tmp') + __import__('os').listdir())"
            assert value(fresh, found) == "[]"
            assert value(fresh, "6 * 7") == "42"

    def uid_of(self, session: Session) -> int:
        """The user of a session's processes, as the host sees it."""
        return (self.server.data_directory / "sessions" / session.id / "files").stat().st_uid


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    folder = Path(tempfile.mkdtemp(prefix="carrel-hostile-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    os.environ["CARREL_TEST_SECRET"] = SECRET  # carreld has it, its children must not
    listen = [f"unix:{folder}/carreld.sock", f"127.0.0.1:{port}"]
    try:
        with (
            local_server(
                images=["minimal"], listen=listen, interrupt_grace_period={"seconds": 1}
            ) as server,
            Client(server.address) as client,
            client.create_session() as neighbour,
        ):
            run(neighbour, "treasure = 42\nopen('neighbour.txt', 'w').write('mine')")
            run(neighbour, "open('/tmp/neighbour', 'w'); open('/dev/shm/neighbour', 'w')")
            sessions = server.data_directory / "sessions"
            facts = {
                "pids": [os.getpid(), server.pid, *tree_below(server.pid)],
                "data_directory": str(server.data_directory),
                "neighbour_id": neighbour.id,
                "neighbour_file": str(sessions / neighbour.id / "files" / "neighbour.txt"),
                "log": str(server.log_path),
                "socket": f"{folder}/carreld.sock",
                "port": port,
                "secret": SECRET,
            }
            yield Target(server, client, neighbour, facts)
    finally:
        del os.environ["CARREL_TEST_SECRET"]
        shutil.rmtree(folder)
