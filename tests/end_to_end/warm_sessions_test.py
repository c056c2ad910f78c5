"""Sessions from the pool of warm interpreters are like any other."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from carrel import AlreadyExists, Client, Limits, NotFound, Session
from carrel.testing import LocalServer
from lanes.lane import LANE
from support import (
    SessionProcesses,
    all_children,
    eventually,
    identities,
    local_server,
    run,
    session_folders,
    settle,
    survivors,
    tree_below,
    value,
    warm_count,
    zygote_and_spare,
)

BURST = 20
# The warm interpreters of an image without demand: service/session/warm_level.h.
KEPT = 2


@pytest.fixture(scope="module")
def warm_server() -> Iterator[LocalServer]:
    with local_server(images=["data-science", "minimal"]) as started:
        yield started


@pytest.fixture(scope="module")
def warm_client(warm_server: LocalServer) -> Iterator[Client]:
    with Client(warm_server.address) as connected:
        yield connected


@pytest.fixture
def own_server() -> Iterator[LocalServer]:
    """A server that one test may damage."""
    with local_server(images=["minimal"]) as started:
        yield started


def folder_names(server: LocalServer) -> set[str]:
    return {path.name for path in (server.data_directory / "sessions").iterdir()}


def supervisors(server: LocalServer) -> set[int]:
    """Returns the supervisors of warm and of open sessions: the children of zygotes."""
    children = all_children()
    (launcher,) = children[server.pid]
    return {pid for zygote in children[launcher] for pid in children.get(zygote, [])}


def is_warm(server: LocalServer, session: Session, warm: set[str]) -> bool:
    """Returns whether a session's directory existed before the session did."""
    (folder,) = session_folders(server, session)
    return folder.name in warm


def test_pool_is_filled_at_the_start_and_reported(warm_client):
    settle(warm_client)
    images = warm_client.info().images
    assert {image.name: image.warm_interpreter_count for image in images} == {
        "data-science": KEPT,
        "minimal": KEPT,
    }


def test_warm_sessions_are_no_sessions_yet(own_server):
    with Client(own_server.address) as client:
        assert settle(client) == KEPT
        assert list(client.sessions()) == []
        assert client.info().session_count == 0
        assert len(folder_names(own_server)) == KEPT
        assert len(supervisors(own_server)) == KEPT


@pytest.mark.parametrize("image", ["minimal", "data-science"])
def test_session_taken_warm_is_what_was_asked_for(warm_server, warm_client, image):
    settle(warm_client)
    warm = folder_names(warm_server)
    started = warm_client.info().start_time
    with warm_client.create_session(
        image, labels={"team": "blue"}, idle_timeout=timedelta(minutes=7)
    ) as session:
        assert is_warm(warm_server, session, warm)
        found = session.refresh()
        assert found.image == image
        assert found.labels == {"team": "blue"}
        assert found.idle_timeout == timedelta(minutes=7)
        assert found.generation == 1
        assert found.last_loss is None
        assert found.create_time > started
        assert found.expire_time - found.last_active_time == timedelta(minutes=7)
        defaults = next(i for i in warm_client.info().images if i.name == image).default_limits
        assert found.limits == defaults
        assert session.name in [other.name for other in warm_client.sessions()]
        assert list(session.executions()) == []
        result = run(session, "open('made.txt', 'w').write('x'); print(In)")
        assert result.stdout.startswith("['', ")
        assert [item.path for item in result.artifacts] == ["made.txt"]
        assert result.execution.name.startswith(f"{session.name}/executions/")


def test_age_of_a_session_counts_from_when_it_was_taken(warm_server, warm_client):
    with warm_client.create_session("minimal") as first:
        settle(warm_client)
        warm = folder_names(warm_server)
        now = run(first, "1").execution.create_time
        with warm_client.create_session("minimal") as session:
            assert is_warm(warm_server, session, warm)
            assert session.refresh().create_time >= now


def test_chosen_id_is_given_to_a_warm_session(warm_server, warm_client):
    settle(warm_client)
    warm = folder_names(warm_server)
    session = warm_client.create_session("minimal", session_id="chosen")
    assert session.name == "sessions/chosen"
    assert is_warm(warm_server, session, warm)
    run(session, "open('f', 'w').write('first')")
    session.write_bytes(b"x", "g")
    assert {file.name for file in session.files()} == {
        "sessions/chosen/files/f",
        "sessions/chosen/files/g",
    }
    with pytest.raises(AlreadyExists):
        warm_client.create_session("minimal", session_id="chosen")
    session.delete()
    assert not session_folders(warm_server, session)
    with warm_client.create_session("minimal", session_id="chosen") as again:
        assert value(again, "__import__('os').listdir()") == "[]"
        assert list(again.executions())[1:] == []


def test_warm_sessions_cannot_be_named_by_callers(warm_server, warm_client):
    settle(warm_client)
    for name in folder_names(warm_server):
        with pytest.raises(NotFound):
            warm_client.session(name.partition(".")[0]).refresh()


ODD = {
    "memory": Limits(memory_bytes=300 << 20),
    "workspace": Limits(workspace_bytes=3 << 20),
    "files": Limits(workspace_file_count=77),
    "temporary": Limits(temporary_bytes=5 << 20),
    "open files": Limits(open_file_count=99),
    "processes": Limits(process_count=9),
}


@pytest.mark.parametrize("limits", ODD.values(), ids=ODD)
def test_other_limits_are_made_to_measure(warm_server, warm_client, limits):
    settle(warm_client)
    warm = folder_names(warm_server)
    with warm_client.create_session("minimal", limits=limits) as session:
        assert not is_warm(warm_server, session, warm)
        found = session.refresh().limits
        for field in dataclasses.fields(limits):
            assert getattr(limits, field.name) in (None, getattr(found, field.name))
        assert value(session, "6 * 7") == "42"
        if limits.open_file_count:
            soft = "__import__('resource').getrlimit(7)[0]"
            assert value(session, soft) == str(limits.open_file_count)
    assert warm <= folder_names(warm_server), "nobody took a warm one"


def test_limits_of_the_host_alone_are_given_to_a_warm_session(warm_server, warm_client):
    settle(warm_client)
    warm = folder_names(warm_server)
    limits = Limits(execution_timeout=timedelta(seconds=1), output_bytes=1000)
    with warm_client.create_session("minimal", limits=limits) as session:
        assert is_warm(warm_server, session, warm)
        assert session.refresh().limits.output_bytes == 1000
        assert len(run(session, "print('x' * 5000)").stdout) < 2000
        assert session.execute("while True: pass").execution.cause == "TIMEOUT"


def test_environment_makes_a_session_of_its_own(warm_server, warm_client):
    settle(warm_client)
    warm = folder_names(warm_server)
    with warm_client.create_session("minimal", env={"MODEL": "x"}) as session:
        assert not is_warm(warm_server, session, warm)
        assert value(session, "__import__('os').environ['MODEL']") == "x"
    with warm_client.create_session("minimal") as session:
        assert value(session, "'MODEL' in __import__('os').environ") == "False"


LOOK = """
import json, os, random, tempfile, uuid
import numpy
look = {
    "random": random.getrandbits(64),
    "numpy": str(numpy.random.random()),
    "default_rng": str(numpy.random.default_rng().random()),
    "urandom": os.urandom(16).hex(),
    "uuid": str(uuid.uuid4()),
    "tempfile": os.path.basename(tempfile.mktemp()),
    "uid": os.getuid(),
    "files": os.listdir(),
    "leaked": "mine" in globals() or os.path.exists("/tmp/mine"),
}
mine = 1
open("mine.txt", "w").close()
open("/tmp/mine", "w").close()
print(json.dumps(look))
"""
RANDOM = ("random", "numpy", "default_rng", "urandom", "uuid", "tempfile")


def test_burst_gives_distinct_sessions_that_share_nothing(warm_server, warm_client):
    settle(warm_client)
    with ExitStack() as stack, ThreadPoolExecutor(BURST) as pool:
        made = pool.map(lambda _: warm_client.create_session("data-science"), range(BURST))
        sessions = [stack.enter_context(session) for session in made]
        looks = [json.loads(run(session, LOOK).stdout) for session in sessions]
        folders = {session_folders(warm_server, session)[0] for session in sessions}
    assert len({session.id for session in sessions}) == BURST
    assert len(folders) == BURST
    for name in RANDOM:
        assert len({look[name] for look in looks}) == BURST, name
    assert len({look["uid"] for look in looks}) == (1 if LANE == "restricted" else BURST)
    assert all(look["files"] == [] and not look["leaked"] for look in looks)
    assert settle(warm_client) > 2 * KEPT, "it has learned that more are wanted"
    assert not [folder for folder in folders if folder.exists()]


def test_random_numbers_before_and_after_a_warm_one_was_made_differ(warm_client):
    """Each is replaced in turn by a newer fork of the same zygote."""
    drawn = set()
    for _ in range(6):
        with warm_client.create_session("minimal") as session:
            drawn.add(value(session, "__import__('random').random()"))
    assert len(drawn) == 6


def test_killed_warm_session_is_not_handed_out(own_server):
    with Client(own_server.address) as client:
        settle(client)
        killed = identities(supervisors(own_server))
        dead = folder_names(own_server)
        for pid, _ in killed:
            # The process is ours: it is below the server that this test started.
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: not survivors(killed), "they are gone")
        for _ in range(3):
            with client.create_session() as session:
                assert not is_warm(own_server, session, dead)
                assert value(session, "6 * 7") == "42"
                assert session.refresh().generation == 1
        settle(client)
        eventually(lambda: not folder_names(own_server) & dead, "what was theirs is deleted")


def test_sigterm_leaves_no_folder_and_no_process(own_server):
    with Client(own_server.address) as client:
        settle(client)
        with ExitStack() as stack:  # Some warm sessions are being made when the server ends.
            for _ in range(4):
                session = stack.enter_context(client.create_session())
            run(session, "1")
            below = identities(tree_below(own_server.pid))
            assert len(below) >= 2 + 2 * 4
            assert own_server.stop() == 0
            stack.pop_all()
    eventually(lambda: not survivors(below), "no process is left")
    assert folder_names(own_server) == set()


def test_sigterm_while_nothing_but_warm_sessions_is_there(own_server):
    with Client(own_server.address) as client:
        assert settle(client) == KEPT
    below = identities(tree_below(own_server.pid))
    sessions = supervisors(own_server)
    warm = identities({*sessions, *(pid for each in sessions for pid in tree_below(each))})
    assert len(warm) == 2 * KEPT
    assert len(below - warm) == 3, "launcher, zygote and spare, which end when they see that it has"
    assert own_server.stop() == 0
    assert not survivors(warm)
    eventually(lambda: not survivors(below), "no process is left")
    assert folder_names(own_server) == set()


def test_warm_sessions_outlive_their_zygote(own_server):
    with Client(own_server.address) as client:
        settle(client)
        warm = folder_names(own_server)
        zygote, spare = zygote_and_spare(own_server)
        killed = identities([zygote])
        os.kill(spare, signal.SIGSTOP)  # A stopped spare cannot make newer ones that replace them.
        os.kill(zygote, signal.SIGKILL)
        eventually(lambda: not survivors(killed), "the zygote is gone")
        with ExitStack() as stack:
            for _ in range(KEPT):
                session = stack.enter_context(client.create_session())
                assert is_warm(own_server, session, warm)
                assert value(session, "6 * 7") == "42"
                assert session.refresh().generation == 1
            os.kill(spare, signal.SIGCONT)
            another = stack.enter_context(client.create_session())
            assert value(another, "6 * 7") == "42"
        settle(client)


def test_without_a_pool_sessions_are_made_when_they_are_asked_for():
    with (
        local_server(images=["minimal"], max_warm_interpreter_count=-1) as server,
        Client(server.address) as client,
    ):
        assert warm_count(client) == 0
        assert folder_names(server) == set()
        for _ in range(3):
            with client.create_session(labels={"a": "b"}) as session:
                assert value(session, "6 * 7") == "42"
                assert len(folder_names(server)) == 1
        assert warm_count(client) == 0
        assert folder_names(server) == set()
        # The last one has ended, but its zygote may not have been notified yet.
        eventually(lambda: not supervisors(server), "no supervisor is left")


def test_pool_is_as_large_as_it_may_be():
    with (
        local_server(images=["minimal"], max_warm_interpreter_count=1) as server,
        Client(server.address) as client,
        ThreadPoolExecutor(6) as pool,
    ):
        for session in list(pool.map(lambda _: client.create_session(), range(6))):
            session.delete()
        assert settle(client) == 1


def test_processes_of_a_warm_session_are_confined_before_it_is_taken(warm_server, warm_client):
    settle(warm_client)
    with warm_client.create_session("minimal") as session:
        (pid,) = SessionProcesses(warm_server, session).pids()
        taken = confinement(pid)
    settle(warm_client)
    warm = {pid for supervisor in supervisors(warm_server) for pid in tree_below(supervisor)}
    assert len(warm) == warm_count(warm_client)
    for pid in warm:
        assert confinement(pid) == taken


def confinement(pid: int) -> dict[str, str]:
    """Returns the state in /proc that a session's cells cannot change back."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    names = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp",
             "Seccomp_filters", "Groups", "Threads")  # fmt: skip
    found = {name: status[name] for name in names}
    if LANE != "restricted":
        assert "0" not in status["Uid"].split()
    return found
