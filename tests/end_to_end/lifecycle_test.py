"""Sessions, zygotes and servers leave nothing behind when they end."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from carrel import Client, Unavailable
from carrel.errors import CarrelError
from support import (
    SessionProcesses,
    eventually,
    identities,
    local_server,
    read_until_stdout,
    run,
    session_folders,
    survivors,
    tree_below,
    value,
)

DAEMONS = """
import os, subprocess, time
subprocess.Popen(['sleep', '10000'], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        import signal
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(10_000)
    os._exit(0)
os.wait()
print(os.getuid())
"""


@pytest.fixture
def own_server():
    """A server that one test may damage."""
    with local_server(images=["minimal"]) as started:
        yield started


def test_idle_session_is_deleted(client, server):
    session = client.create_session("minimal", idle_timeout=timedelta(seconds=1))
    processes = SessionProcesses(server, session)
    assert processes.pids()
    # A request that names the session would keep it alive.
    eventually(
        lambda: session.name not in [other.name for other in client.sessions()],
        "the idle session is deleted",
    )
    eventually(lambda: not processes.pids(), "its processes are gone")
    eventually(lambda: not session_folders(server, session), "its files are gone")


def test_running_cell_keeps_a_session_awake(client):
    with client.create_session("minimal", idle_timeout=timedelta(seconds=1)) as session:
        code = "import time\nend = time.monotonic() + 3\nwhile time.monotonic() < end: pass"
        run(session, code)


def test_delete_returns_when_no_process_and_no_file_is_left(client, server):
    session = client.create_session("minimal")
    run(session, DAEMONS)
    processes = SessionProcesses(server, session)
    session.write_bytes(b"x", "folder/file")
    assert len(processes.pids()) >= 3, "the interpreter and two daemons"
    session.delete()
    assert processes.pids() == []
    assert not session_folders(server, session)


@pytest.mark.lanes("native", "container")
def test_every_session_has_a_uid_of_its_own(client):
    with client.create_session("minimal") as one, client.create_session("minimal") as two:
        uids = {value(session, "__import__('os').getuid()") for session in (one, two)}
        assert len(uids) == 2
        assert not uids & {"0", str(os.getuid())}


def test_zombies_do_not_pile_up(client, server):
    with client.create_session("minimal") as session:
        code = """
import os
for _ in range(20):
    if os.fork() == 0:
        if os.fork() == 0: os._exit(0)  # an orphan
        os._exit(0)
    os.wait()
"""
        run(session, code)
        processes = SessionProcesses(server, session)
        eventually(lambda: len(processes.pids()) == 1, "only the interpreter is left")


def test_sigterm_ends_the_server_with_status_0_and_no_process(own_server):
    with Client(own_server.address) as client:
        session = client.create_session()
        run(session, DAEMONS)
        stream = session.stream("print('ready')\nwhile True: pass")
        read_until_stdout(stream, "ready\n")
        below = identities(tree_below(own_server.pid))
        assert len(below) >= 5
        assert own_server.stop() == 0
        try:
            *_, last = stream
            assert last.execution.cause == "SESSION_DELETED"
        except CarrelError as error:
            assert isinstance(error, Unavailable)
        eventually(lambda: not survivors(below), "no process is left")
    assert not list((own_server.data_directory / "sessions").iterdir())


def test_killed_server_leaves_no_process(own_server):
    with Client(own_server.address) as client:
        session = client.create_session()
        run(session, DAEMONS)
        processes = SessionProcesses(own_server, session)
        stream = session.stream("print('ready')\nwhile True: pass")
        read_until_stdout(stream, "ready\n")
        below = identities(tree_below(own_server.pid))
        assert len(below) >= 5
        own_server.kill()
        with pytest.raises(Unavailable):
            list(stream)
    eventually(lambda: not survivors(below), "no process is left")
    assert processes.pids() == []


def test_server_starts_again_after_it_was_killed(own_server):
    with Client(own_server.address) as client:
        run(client.create_session(session_id="lost"), "open('f', 'w').write('x')")
    own_server.kill()
    own_server.start()
    with Client(own_server.address) as client, client.create_session(session_id="lost") as session:
        assert value(session, "__import__('os').listdir()") == "[]"
