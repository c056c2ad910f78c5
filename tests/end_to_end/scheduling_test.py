"""The distribution of CPU time among sessions and the server."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import pytest
from carrel import Client, Limits
from support import (
    SessionProcesses,
    children_of,
    finished,
    local_server,
    parent_of,
    run,
    start_queued,
    zygotes,
)

FIRST_UID = 1_234_500_000
UIDS = range(FIRST_UID, FIRST_UID + 10_000)


def _niceness(pid: int) -> int:
    return int(Path(f"/proc/{pid}/autogroup").read_text().split()[-1])


@pytest.mark.lanes("native")
@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="no groups of the scheduler")
def test_server_has_a_larger_share_than_its_sessions():
    with (
        local_server(images=["minimal"], first_session_uid=FIRST_UID) as server,
        Client(server.address) as client,
    ):
        session = client.create_session()
        run(session, "1")
        assert _niceness(server.pid) == -15
        # The nice values of the server's threads count without such groups; its scanning threads
        # have the guests' value.
        threads = [int(thread.name) for thread in Path(f"/proc/{server.pid}/task").iterdir()]
        own = sorted(os.getpriority(os.PRIO_PROCESS, thread) for thread in threads)
        assert own.count(-15) >= len(own) - 6
        for pid in [*children_of(server.pid), *zygotes(server)]:
            assert os.getpriority(os.PRIO_PROCESS, pid) == 0
        theirs = []
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(OSError):  # The process has ended.
                if folder.name.isdigit() and folder.stat().st_uid in UIDS:
                    theirs.append(_niceness(int(folder.name)))
        assert theirs
        assert min(theirs) >= 0


def _cpu_seconds(pids: list[int]) -> float:
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids) / 1e9


# A session that had cells in quick succession spins for the next one, for a moment.
def test_session_that_had_many_cells_in_a_row_sleeps_afterwards():
    with local_server(images=["minimal"]) as server, Client(server.address) as client:
        session = client.create_session()
        # The cells are queued, so that each starts as soon as the one before it has ended.
        first = start_queued(session, "import time; time.sleep(0.5)", "first")
        others = [start_queued(session, "1", f"other{n}") for n in range(8)]
        for stream in (first, *others):
            finished(stream)
        pids = SessionProcesses(server, session).pids()
        assert pids
        before = _cpu_seconds(pids)
        time.sleep(1)
        assert _cpu_seconds(pids) - before < 0.2


# The call is mincore, which the supervisor refuses, and no container's own filter before it does.
REFUSED = """
import ctypes, time
libc = ctypes.CDLL(None)
end = time.monotonic() + 2
while time.monotonic() < end:
    for _ in range(1000): libc.syscall(27, 0, 0, 0)
"""


def test_supervisor_is_bounded_like_its_session(client, server):
    limits = Limits(cpu_count=1)
    with client.create_session("minimal", limits=limits) as session:
        (pid,) = SessionProcesses(server, session).pids()
        supervisor = parent_of(pid)
        assert os.getpriority(os.PRIO_PROCESS, supervisor) == 10
        assert os.sched_getaffinity(supervisor) == os.sched_getaffinity(pid)
        assert len(os.sched_getaffinity(supervisor)) == 1


def test_supervisor_computes_at_its_sessions_expense(server, session):
    run(session, "1")
    (pid,) = SessionProcesses(server, session).pids()
    both = [pid, parent_of(pid)]
    before, supervisors_before = _cpu_seconds(both), _cpu_seconds(both[1:])
    usage = run(session, REFUSED, timeout=60).execution.usage
    assert _cpu_seconds(both[1:]) - supervisors_before > 0.02, "there is something to count"
    assert usage.cpu_duration.total_seconds() > 0.9 * (_cpu_seconds(both) - before)
