"""Sessions in cgroups of version 2: the limits that hold, the reported usage, and the clean-up."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from carrel import Cause, Client, Ending, Limits
from cgroup_view import cgroup_of, number, require_cgroups, session_cgroups
from support import (
    SessionProcesses,
    children_of,
    eventually,
    local_server,
    parent_of,
    run,
    value,
    warm_count,
)

MIB = 1 << 20
CHILDREN = """
import os, time
for _ in range({count}):
    if os.fork() == 0:
        block = b'x' * ({mib} << 20)
        print('grown', flush=True)
        time.sleep(10_000)
time.sleep(10_000)
"""
DAEMON = """
import os, signal
if os.fork() == 0:
    os.setsid()
    signal.pause()
"""


@pytest.fixture
def sessions(server):
    """The directory of the cgroups of the server's sessions."""
    return require_cgroups(server)


def cgroup_of_session(server, session) -> Path:
    """Returns the cgroup that contains all processes of a session."""
    pids = SessionProcesses(server, session).pids()
    found = {cgroup_of(pid) for pid in [*pids, *map(parent_of, pids)]}
    assert len(found) == 1, "the supervisor is in it, too"
    return found.pop()


def test_each_session_is_in_a_cgroup_of_its_own(server, session, neighbour, sessions):
    mine, its = cgroup_of_session(server, session), cgroup_of_session(server, neighbour)
    assert mine.parent == its.parent == sessions
    assert mine != its
    run(
        session,
        "import subprocess\np = subprocess.Popen(['sleep', '1000'], start_new_session=True)",
    )
    assert cgroup_of_session(server, session) == mine
    assert number(mine / "pids.current") == 3


def test_limits_are_in_force_and_leave_the_server_its_share(server, client, sessions):
    limits = Limits(memory_bytes=128 * MIB, process_count=20, cpu_count=1)
    with client.create_session("minimal", limits=limits) as session:
        mine = cgroup_of_session(server, session)
        assert number(mine / "memory.max") == (128 + 16 + 64) * MIB
        assert number(mine / "memory.swap.max") == 0
        assert number(mine / "memory.oom.group") == 1
        assert number(mine / "pids.max") == 21
    machine = int(Path("/proc/meminfo").read_text().split()[1]) << 10
    assert machine // 2 <= number(sessions / "memory.max") <= machine * 7 // 8
    assert number(sessions / "cpu.weight") * 10 == number(
        sessions.parent / "control" / "cpu.weight"
    )


@pytest.mark.usefixtures("sessions")
def test_memory_of_all_processes_together_is_killed_as_one_and_told(client, neighbour):
    run(neighbour, "x = 'alive'")
    with client.create_session("minimal", limits=Limits(memory_bytes=128 * MIB)) as session:
        execution = session.execute(CHILDREN.format(count=6, mib=60), timeout=100).execution
        assert (execution.cause, execution.ending) == (Cause.MEMORY_LIMIT, Ending.KILLED)
        assert value(neighbour, "x") == "alive"
        assert run(session, "1").loss.cause is Cause.MEMORY_LIMIT


@pytest.mark.lanes("native")  # Only natively do temporary files count as memory.
@pytest.mark.usefixtures("sessions")
def test_temporary_files_count_as_memory(client):
    limits = Limits(memory_bytes=64 * MIB, temporary_bytes=400 * MIB)
    with client.create_session("minimal", limits=limits) as session:
        result = session.execute("open('/tmp/big', 'wb').write(bytes(300 << 20))")
        assert result.error.type == "MemoryError"
        code = "with open('/tmp/big', 'wb') as f:\n  for _ in range(300): f.write(bytes(1 << 20))"
        assert session.execute(code, timeout=100).execution.cause is Cause.MEMORY_LIMIT
        assert value(session, "__import__('os').listdir('/tmp')") == "[]"


def test_shortage_of_all_together_is_told_as_such_and_others_live(
    client, neighbour, sessions, server
):
    run(neighbour, "x = 'alive'")
    before = (sessions / "memory.max").read_text()
    with client.create_session("minimal", limits=Limits(memory_bytes=900 * MIB)) as session:
        mine = cgroup_of_session(server, session)
        try:
            # The cgroup is ours: it is below the server that this test started.
            (sessions / "memory.max").write_text(
                str(number(sessions / "memory.current") + 64 * MIB)
            )
            result = session.execute("b = b'x' * (300 << 20)", timeout=100)
        finally:
            (sessions / "memory.max").write_text(before)
        execution = result.execution
        assert (execution.cause, execution.ending) == (Cause.MEMORY_SHORTAGE, Ending.KILLED)
        assert execution.usage.peak_memory_bytes > 32 * MIB
        assert not mine.exists()
        assert value(neighbour, "x") == "alive"
        assert value(session, "6 * 7") == "42"


@pytest.mark.usefixtures("sessions")
def test_nothing_is_left_of_a_session(server, client):
    session = client.create_session("minimal")
    mine = cgroup_of_session(server, session)
    run(session, "import subprocess\nfor _ in range(5): subprocess.Popen(['sleep', '1000'])")
    session.delete()
    assert not mine.exists()

    def are_those_of_sessions() -> bool:
        count = warm_count(client) + client.info().session_count
        cgroups = session_cgroups(server)
        full = [path for path in cgroups if number(path / "cgroup.events", "populated")]
        return len(full) == len(cgroups) == count

    eventually(are_those_of_sessions, "each cgroup is that of a session that lives")


def test_session_gets_a_fresh_cgroup_with_each_interpreter(server, session, sessions):
    before = cgroup_of_session(server, session)
    assert session.execute("import os; os._exit(3)").execution.cause is Cause.PROCESS_EXIT
    run(session, "1")
    assert cgroup_of_session(server, session) != before
    assert not before.exists()
    assert sessions == before.parent


def test_session_without_a_cgroup_does_not_start(client, sessions):
    before = (sessions / "cgroup.max.descendants").read_text()
    try:
        (sessions / "cgroup.max.descendants").write_text("0")
        with pytest.raises(Exception, match="cgroup"):
            client.create_session("minimal", limits=Limits(process_count=33))
    finally:
        (sessions / "cgroup.max.descendants").write_text(before)
    with client.create_session("minimal", limits=Limits(process_count=33)) as session:
        assert value(session, "6 * 7") == "42"


@pytest.fixture
def own_server():
    """A server that one test may damage, with sessions that have left daemons; and its cgroup."""
    with local_server(images=["minimal"]) as started:
        cgroup = require_cgroups(started).parent
        with Client(started.address) as client:
            run(client.create_session(), DAEMON)
        yield started, cgroup


def test_server_that_ends_in_order_leaves_no_cgroup(own_server):
    server, cgroup = own_server
    assert server.stop() == 0
    eventually(lambda: not cgroup.exists(), "the launcher has taken it down")


def test_server_that_was_killed_leaves_no_cgroup(own_server):
    server, cgroup = own_server
    server.kill()
    eventually(lambda: not cgroup.exists(), "the launcher has taken it down")


def test_next_server_ends_what_a_killed_launcher_has_left(own_server):
    server, cgroup = own_server
    (launcher,) = children_of(server.pid)
    # The cgroup is the test's own; frozen processes do not end by themselves.
    (cgroup / "cgroup.freeze").write_text("1")
    os.kill(launcher, signal.SIGKILL)
    server.kill()
    assert number(cgroup / "cgroup.events", "populated") == 1
    server.start()
    assert not cgroup.exists()
    with Client(server.address) as client, client.create_session() as session:
        assert value(session, "6 * 7") == "42"
    assert require_cgroups(server).parent != cgroup


@pytest.mark.usefixtures("sessions")
def test_self_test_names_the_holders(client):
    held = {
        (guarantee.id, holder.mechanism)
        for guarantee in client.info().guarantees
        for holder in guarantee.holders
        if holder.proved
    }
    for name in ("cgroup memory.max", "cgroup pids.max", "cgroup cpu.max"):
        assert ("G7", name) in held
    assert ("G8", "cgroup.kill") in held
    assert ("G7", "tree watchdog") not in held
