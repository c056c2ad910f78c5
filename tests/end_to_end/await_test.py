"""Cells that await, and the work of their tasks between cells."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from carrel import Cause, Ending
from support import SessionProcesses, finished, read_until_stdout, run, value

COUNT = """
import asyncio
steps = []
async def count():
    while True:
        await asyncio.sleep(0.05)
        steps.append(1)
"""


@pytest.mark.parametrize("call", ["await count()", "await asyncio.gather(count(), count())"])
def test_interrupted_await_is_over(session, call):
    run(session, COUNT)
    result = session.execute(call, timeout=0.5)
    assert (result.execution.cause, result.execution.ending) == (Cause.TIMEOUT, Ending.INTERRUPTED)
    assert result.error.type == "KeyboardInterrupt"
    assert "await asyncio.sleep(0.05)" in result.error.traceback or "gather" in call
    assert (
        run(session, "before = len(steps)\nawait asyncio.sleep(0.4)\nlen(steps) - before").text
        == "0"
    )


def test_interrupted_await_cleans_up_before_the_cell_is_over(session):
    code = """
import asyncio
try:
    print('ready')
    await asyncio.sleep(60)
finally:
    await asyncio.sleep(0.2)
    open('clean', 'w').close()
"""
    stream = session.stream(code)
    read_until_stdout(stream, "ready\n")
    session.cancel(stream.execution)
    execution = finished(stream).execution
    assert "clean" in [artifact.path for artifact in execution.artifacts]


def test_await_that_will_not_be_cancelled_is_left_where_it_stands(session):
    code = """
import asyncio
steps = 0
while True:
    try:
        await asyncio.sleep(0.01)
    except BaseException:
        pass
    steps += 1
"""
    # The second interrupt ends it, after half of this server's long patience.
    result = session.execute(code, timeout=0.5)
    assert (result.execution.cause, result.execution.ending) == (Cause.TIMEOUT, Ending.INTERRUPTED)
    grown = "before = steps\nawait asyncio.sleep(0.2)\nsteps - before"
    assert run(session, grown).text == "0"


def test_busy_cell_that_has_awaited_is_interrupted(session):
    code = "import asyncio\nawait asyncio.sleep(0)\nwhile True: pass"
    result = session.execute(code, timeout=0.5)
    assert (result.execution.cause, result.execution.ending) == (Cause.TIMEOUT, Ending.INTERRUPTED)


def test_cell_that_awaits_beside_a_busy_task_is_killed_or_interrupted(strict_session):
    code = """
import asyncio
async def busy():
    while True: pass
asyncio.ensure_future(busy())
await asyncio.sleep(60)
"""
    result = strict_session.execute(code, timeout=0.5)
    assert result.execution.cause is Cause.TIMEOUT
    assert strict_session.execute("await asyncio.sleep(0, 5)", timeout=20).text in ("5", None)


def test_error_after_an_await_is_the_cells(session):
    result = session.execute("import asyncio\nawait asyncio.sleep(0)\n1 / 0")
    assert result.error.type == "ZeroDivisionError"
    assert "_carrel" not in result.error.traceback


def test_exit_inside_an_await_has_its_code(session):
    result = session.execute("import asyncio\nawait asyncio.sleep(0)\nexit(3)")
    assert (result.execution.cause, result.execution.exit_code) == (Cause.SYSTEM_EXIT, 3)


STARTERS = {
    "create_task": "task = asyncio.create_task(work())",
    "ensure_future": "task = asyncio.ensure_future(work())",
    "get_running_loop": "task = asyncio.get_running_loop().create_task(work())",
    "get_event_loop": "task = asyncio.get_event_loop().create_task(work())",
    "from a thread": "import threading\nloop = asyncio.get_event_loop()\n"
    "threading.Thread(target=asyncio.run_coroutine_threadsafe, args=(work(), loop)).start()",
    "beside an await": "task = asyncio.create_task(work())\nawait asyncio.sleep(0)",
    "after asyncio.run": "asyncio.run(asyncio.sleep(0))\ntask = asyncio.create_task(work())",
}


@pytest.mark.parametrize("code", STARTERS.values(), ids=STARTERS)
def test_tasks_go_on_between_cells(session, code):
    run(
        session,
        "import asyncio, time\ndone = []\n"
        "async def work():\n    await asyncio.sleep(0.2)\n    done.append(time.monotonic())",
    )
    run(session, code)
    time.sleep(1)
    assert float(value(session, "time.monotonic() - done[0]")) > 0.5


def test_asyncio_run_works_where_nothing_awaits(session):
    code = "import asyncio\nasync def f():\n    return 6\nasyncio.run(f())"
    assert run(session, code).text == "6"
    assert run(session, "asyncio.get_event_loop().run_until_complete(f())").text == "6"
    assert run(session, "await f()").text == "6"


def test_tasks_print_into_the_next_cell(session):
    run(
        session,
        "import asyncio\nasync def say():\n    await asyncio.sleep(0.1)\n    print('late')\n"
        "task = asyncio.create_task(say())",
    )
    time.sleep(0.6)
    assert run(session, "print('next')").stdout == "late\nnext\n"


@pytest.mark.parametrize("end", ["raise SystemExit(1)", "1 / 0", "raise KeyboardInterrupt"])
def test_task_that_ends_badly_between_cells_hurts_no_other(session, end):
    run(
        session,
        f"{COUNT}\nasync def end():\n    await asyncio.sleep(0.1)\n    {end}\n"
        "tasks = [asyncio.create_task(count()), asyncio.create_task(end())]",
    )
    time.sleep(0.5)
    before = int(value(session, "len(steps)"))
    time.sleep(0.5)
    assert int(value(session, "len(steps)")) > before
    assert session.refresh().generation == 1


def test_loop_that_tasks_stop_or_close_does_not_keep_cells_from_running(session):
    run(session, "import asyncio\nloop = asyncio.get_event_loop()\nloop.call_later(0.1, loop.stop)")
    time.sleep(0.3)
    assert value(session, "1") == "1"
    run(session, "loop.close()")
    assert run(session, "await asyncio.sleep(0, 5)").text == "5"


def test_threads_without_a_loop_have_none(session):
    code = """
import asyncio, threading
def ask():
    try: print(asyncio.get_running_loop())
    except RuntimeError as error: print(error)
thread = threading.Thread(target=ask); thread.start(); thread.join()
"""
    assert run(session, code).stdout == "no running event loop\n"


WAITING = {
    "no task": "pass",
    "a task that waits": "import asyncio\ntask = asyncio.create_task(asyncio.sleep(600))",
    "a loop without tasks": "import asyncio\nawait asyncio.sleep(0)",
}


@pytest.mark.parametrize("code", WAITING.values(), ids=WAITING)
def test_session_that_waits_takes_no_cpu_time(server, session, code):
    run(session, code)
    pids = SessionProcesses(server, session).pids()
    assert pids
    time.sleep(0.5)

    def ticks():
        return [Path(f"/proc/{pid}/stat").read_text().split()[13:15] for pid in pids]

    before = ticks()
    time.sleep(2)
    assert ticks() == before


def test_loop_that_only_waits_is_woken_by_a_thread_and_by_a_descriptor(session):
    run(
        session,
        "import asyncio, os, threading, time\nloop, seen = asyncio.get_event_loop(), []\n"
        "receiver, sender = os.pipe()\n"
        "loop.add_reader(receiver, lambda: seen.append(os.read(receiver, 9)))\n"
        "def later():\n    time.sleep(0.3); os.write(sender, b'pipe')\n"
        "    time.sleep(0.3); loop.call_soon_threadsafe(seen.append, time.monotonic())\n"
        "threading.Thread(target=later).start()",
    )
    time.sleep(1.5)
    assert run(session, "seen[0]").text == "b'pipe'"
    assert float(value(session, "time.monotonic() - seen[1]")) > 0.5
