"""The descriptors that sessions cost the server, of which a process may have a limited number."""

from __future__ import annotations

import os

from carrel import Client, Session
from lanes.lane import LANE
from support import eventually, local_server, value

# Frame socket, two pipes, supervisor socket; and natively the counter of CPU time.
EACH = 4 + (LANE == "native")


def _open_count(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208


def _used(client: Client, count: int) -> list[Session]:
    sessions = [client.create_session() for _ in range(count)]
    for number, session in enumerate(sessions):
        session.write_bytes(b"x", "a.txt")
        assert value(session, f"open('a.txt').read() * {number}") == "x" * number
        assert session.read_bytes("a.txt") == b"x"
    return sessions


def test_idle_session_costs_the_server_few_descriptors():
    with (
        local_server(images=["minimal"], max_warm_interpreter_count=-1) as server,
        Client(server.address) as client,
    ):
        # The first of the sessions create the descriptors that all sessions share.
        for session in _used(client, 20):
            session.delete()
        eventually(lambda: not list(client.sessions()), "these sessions are gone")
        before = _open_count(server.pid)
        sessions = _used(client, 10)
        eventually(
            lambda: _open_count(server.pid) <= before + EACH * len(sessions),
            "no more are open than idle sessions need",
            why_not=lambda: f"({_open_count(server.pid) - before})",
        )
        for session in sessions:
            session.delete()
        eventually(lambda: _open_count(server.pid) <= before, "they are closed")
