"""Watching an execution again: live, finished, from a sequence number."""

from __future__ import annotations

from carrel import FinishedEvent, InvalidArgument
from carrel.v1 import code_interpreter_pb2 as pb
from support import error_of, finished, read_until_stdout, run, trace, wait_for


def test_finished_execution_is_told_again_as_it_was(session):
    live = list(session.stream("print('a'); display(1); print('b')\n2"))
    again = list(session.watch(live[-1].execution))
    assert again == live


def test_watch_starts_at_a_sequence_number(session):
    live = list(session.stream("print('a'); display(1); print('b')\n2"))
    again = list(session.watch(live[-1].execution, start_sequence=3))
    assert [event.sequence for event in again] == [event.sequence for event in live[2:]]
    assert trace(again) == trace(live[2:])


def test_watch_beyond_the_end_of_a_finished_execution_is_empty_or_refused(session, stub):
    events = list(session.stream("1"))
    name = events[-1].execution.name
    request = pb.WatchExecutionRequest(name=name, start_sequence=len(events) + 100)
    assert list(stub.WatchExecution(request, timeout=60)) == []


def test_negative_start_is_refused(session, stub):
    name = run(session, "1").execution.name
    error = error_of(stub.WatchExecution, pb.WatchExecutionRequest(name=name, start_sequence=-1))
    assert isinstance(error, InvalidArgument)
    assert error.field == "start_sequence"


def test_two_watchers_of_a_live_execution_see_all_of_it(session):
    code = "print('ready')\n" + wait_for("go") + "print('done')"
    live = session.stream(code, timeout=100)
    first = read_until_stdout(live, "ready\n")
    watcher = session.watch(live.execution)
    seen = read_until_stdout(watcher, "ready\n")
    session.write_bytes(b"", "go")
    assert [*seen, *watcher] == [*first, *live]


def test_watcher_may_wait_for_events_that_have_not_happened(session):
    live = session.stream("print('ready')\n" + wait_for("go") + "print('done')", timeout=100)
    seen = read_until_stdout(live, "ready\n")
    watcher = session.watch(live.execution, start_sequence=seen[-1].sequence + 1)
    session.write_bytes(b"", "go")
    events = list(watcher)
    assert events[0].sequence == seen[-1].sequence + 1
    assert trace(events) == [("stdout", "done\n")]
    assert isinstance(events[-1], FinishedEvent)


def test_abandoned_stream_does_not_end_the_execution(session):
    stream = session.stream("print('ready')\n" + wait_for("go") + "print('done')", timeout=100)
    read_until_stdout(stream, "ready\n")
    stream.close()
    session.write_bytes(b"", "go")
    events = list(session.watch(stream.execution))
    assert events[-1].execution.succeeded
    assert trace(events) == [("stdout", "ready\ndone\n")]
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))


def test_execution_can_be_looked_up_while_it_runs_and_after(session):
    stream = session.stream("print('ready')\n" + wait_for("go"), timeout=100)
    read_until_stdout(stream, "ready\n")
    running = session.execution(stream.execution)
    assert (running.state, running.generation) == ("RUNNING", 1)
    info = session.refresh()
    assert (info.state, info.pending_execution_count) == ("RUNNING", 1)
    session.write_bytes(b"", "go")
    end = finished(stream).execution
    assert session.execution(stream.execution) == end
    assert session.refresh().state == "IDLE"


def test_slow_reader_does_not_hold_the_cell_up(session):
    # The stream is not read while the cell prints far more than gRPC buffers.
    code = "for n in range(20_000): print('x' * 400)\nopen('done', 'w').close()"
    stream = session.stream(code, timeout=110)
    next(stream)
    assert session.execute("1").succeeded  # This cell is queued behind it.
    assert "done" in [file.path for file in session.files()]
    events = list(stream)
    assert events[-1].execution.stdout.total_bytes == 20_000 * 401
