"""Cancellations and timeouts: a cell is interrupted if possible, and killed if not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from carrel import Cause, Ending, Limits, NotFound, State
from support import finished, read_until_stdout, run, start_queued, trace, value, wait_for

BUSY = "x = 41\nprint('ready')\nwhile True: pass"
SLEEPING = "x = 41\nprint('ready')\nimport time\ntime.sleep(10_000)"
SUBPROCESS = "x = 41\n!echo ready; exec sleep 10000"
POOL = """
x = 41
import time
from multiprocessing import Pool
with Pool(2) as pool:
    print('ready')
    pool.map(time.sleep, [10_000, 10_000])
"""
AWAITING = "x = 41\nimport asyncio\nprint('ready')\nawait asyncio.sleep(10_000)"
INTERRUPTIBLE = {
    "busy": BUSY, "sleeping": SLEEPING, "subprocess": SUBPROCESS, "pool": POOL, "await": AWAITING,
}  # fmt: skip

# CPython 3.11 misses the handler of a `while True` that is the first statement of its try. The cell
# reports that it is ready when no interrupt can end it any more.
STUBBORN = """
x = 41
while True:
    try:
        if x == 41: print('ready')
        while True: x += 1
    except BaseException: pass
"""
IGNORING = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + SLEEPING
BLOCKING = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
print('ready')
while True: pass
"""
UNINTERRUPTIBLE = {"stubborn": STUBBORN, "ignoring": IGNORING, "blocking": BLOCKING}


def outcome(execution):
    return execution.state, execution.cause, execution.ending, execution.variables_survived


@pytest.mark.parametrize("code", INTERRUPTIBLE.values(), ids=INTERRUPTIBLE)
def test_cancel_interrupts_and_variables_survive(session, code):
    stream = session.stream(code)
    read_until_stdout(stream, "ready\n")
    assert session.cancel(stream.execution).state is State.RUNNING
    end = finished(stream).execution
    assert outcome(end) == (
        State.CANCELLED, Cause.CANCELLED_BY_CALLER, Ending.INTERRUPTED, True,
    )  # fmt: skip
    assert value(session, "x") == "41"
    assert session.refresh().generation == 1


def test_interrupted_cell_shows_a_keyboard_interrupt(session):
    stream = session.stream(BUSY)
    read_until_stdout(stream, "ready\n")
    session.cancel(stream.execution)
    error = finished(stream).execution.error
    assert error.type == "KeyboardInterrupt"
    assert "Cell In[" in error.traceback


@pytest.mark.parametrize("code", UNINTERRUPTIBLE.values(), ids=UNINTERRUPTIBLE)
def test_cancel_kills_what_does_not_yield(strict_session, code):
    stream = strict_session.stream(code)
    read_until_stdout(stream, "ready\n")
    strict_session.cancel(stream.execution)
    end = finished(stream).execution
    assert outcome(end) == (State.CANCELLED, Cause.CANCELLED_BY_CALLER, Ending.KILLED, False)
    result = run(strict_session, "print('x' in globals())")
    assert result.stdout == "False\n"
    assert result.generation == 2
    assert result.loss.cause is Cause.CANCELLED_BY_CALLER
    assert result.loss.execution == end.name


def test_timeout_interrupts_and_variables_survive(session):
    end = session.execute(BUSY, timeout=0.5).execution
    assert outcome(end) == (State.FAILED, Cause.TIMEOUT, Ending.INTERRUPTED, True)
    assert end.timeout == timedelta(seconds=0.5)
    assert value(session, "x") == "41"


def test_timeout_kills_what_does_not_yield(strict_session):
    end = strict_session.execute(STUBBORN, timeout=0.5).execution
    assert outcome(end) == (State.FAILED, Cause.TIMEOUT, Ending.KILLED, False)
    result = run(strict_session, "1")
    assert (result.generation, result.loss.cause) == (2, Cause.TIMEOUT)


def test_timeout_of_the_session_holds_for_cells_that_name_none(client):
    limits = Limits(execution_timeout=timedelta(seconds=0.5))
    with client.create_session("minimal", limits=limits) as session:
        assert session.execute(SLEEPING).execution.cause is Cause.TIMEOUT
        session.update(limits=Limits(execution_timeout=timedelta(seconds=90)))
        assert session.execute("1").execution.timeout == timedelta(seconds=90)


def test_timeout_does_not_outlive_its_cell(session):
    run(session, "1", timeout=0.5)
    code = "import time\nend = time.monotonic() + 1\nwhile time.monotonic() < end: pass"
    run(session, code, timeout=60)


def test_queued_cell_is_cancelled_before_it_starts(session):
    first = session.stream("print('ready')\n" + wait_for("go"), timeout=100)
    read_until_stdout(first, "ready\n")
    second = start_queued(session, "open('ran', 'w')", "second")
    assert session.execution("second").state is State.QUEUED
    assert session.refresh().pending_execution_count == 2
    session.cancel("second")
    end = finished(second).execution
    assert outcome(end)[:3] == (State.CANCELLED, Cause.CANCELLED_BY_CALLER, Ending.NOT_STARTED)
    session.write_bytes(b"", "go")
    assert finished(first).execution.succeeded
    assert "ran" not in [file.path for file in session.files()]


def test_cancel_of_a_finished_execution_changes_nothing(session):
    done = run(session, "x = 1").execution
    assert session.cancel(done) == done
    assert value(session, "x") == "1"


def test_cancel_of_nothing_is_not_found(session):
    with pytest.raises(NotFound, match="nothing"):
        session.cancel("nothing")


def test_cell_may_clean_up_when_it_is_interrupted(session):
    code = """
try:
    print('ready')  # within: a slow machine may interrupt right after it
    n = 0
    while True: n += 1
except KeyboardInterrupt:
    print('cleaned up')
"""
    stream = session.stream(code)
    read_until_stdout(stream, "ready\n")
    session.cancel(stream.execution)
    events = list(stream)
    assert trace(events) == [("stdout", "cleaned up\n")]
    assert events[-1].execution.state is State.CANCELLED


def test_cancel_interrupts_only_the_running_cell(session):
    stream = session.stream(SLEEPING)
    read_until_stdout(stream, "ready\n")
    following = start_queued(session, "print('next ran')", "next")
    session.cancel(stream.execution)
    assert finished(stream).execution.ending is Ending.INTERRUPTED
    assert trace(following) == [("stdout", "next ran\n")]


def test_timeout_is_told_as_such_where_our_interrupt_kills(session):
    code = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\nwhile True: pass"
    execution = session.execute(code, timeout=1).execution
    assert execution.cause is Cause.TIMEOUT
    assert not execution.variables_survived


def test_guests_yield_to_the_host_and_cannot_stop_yielding(session):
    assert value(session, "__import__('os').nice(0)") == "10"
    error = session.execute("import os\nos.setpriority(os.PRIO_PROCESS, 0, 9)").error
    assert error.type == "PermissionError"


def test_command_that_ignores_signals_ends_with_its_cell(session):
    code = "x = 41\n!trap '' INT TERM; echo ready; for i in $(seq 1000); do sleep 1; done"
    stream = session.stream(code)
    read_until_stdout(stream, "ready\n")
    session.cancel(stream.execution)
    assert outcome(finished(stream).execution)[2:] == (Ending.INTERRUPTED, True)
    assert value(session, "x") == "41"
