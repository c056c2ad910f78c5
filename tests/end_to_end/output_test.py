"""The time and order in which output arrives."""

from __future__ import annotations

import pytest
from carrel import Cause, FinishedEvent, Limits, StartedEvent
from support import finished, read_until_stdout, run, trace, value, wait_for


def events_of(session, code):
    return list(session.stream(code))


def seen(session, code):
    return trace(events_of(session, code))


def test_first_output_arrives_while_the_cell_still_runs(session):
    # The cell ends only after an upload that is made only after its output was seen.
    stream = session.stream("print('ready')\n" + wait_for("go") + "print('done')", timeout=100)
    read_until_stdout(stream, "ready\n")
    session.write_bytes(b"", "go")
    assert finished(stream).execution.succeeded


def test_output_without_newline_or_flush_arrives_while_the_cell_still_runs(session):
    stream = session.stream("print('50 %', end='')\n" + wait_for("go"), timeout=100)
    read_until_stdout(stream, "50 %")
    session.write_bytes(b"", "go")
    assert finished(stream).execution.succeeded


def test_output_of_a_subprocess_arrives_while_it_still_runs(session):
    code = "!echo ready; while [ ! -e go ]; do sleep 0.02; done; echo done"
    stream = session.stream(code, timeout=100)
    read_until_stdout(stream, "ready\n")
    session.write_bytes(b"", "go")
    assert trace(stream) == [("stdout", "done\n")]


def test_programs_open_their_output_by_name(session):
    code = (
        "!echo by a shell > /dev/stderr; echo by tee | tee /dev/fd/2; echo > /dev/stdout\n"
        "with open('/dev/stdout', 'w') as file: _ = file.write('by Python\\n')"
    )
    assert run(session, code).stdout == "by tee\n\nby Python\n"
    assert run(session, code).stderr == "by a shell\nby tee\n"


def test_stream_starts_with_started_and_ends_with_finished_without_gaps(session):
    events = events_of(session, "print('a'); display('b'); 1/0")
    assert isinstance(events[0], StartedEvent)
    assert isinstance(events[-1], FinishedEvent)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [event.time for event in events] == sorted(event.time for event in events)


def test_prints_and_displays_keep_their_order(session):
    code = "print('a')\ndisplay(1)\nprint('b')\ndisplay(2)\nprint('c')\n3"
    assert seen(session, code) == [
        ("stdout", "a\n"), ("display", "1"), ("stdout", "b\n"), ("display", "2"),
        ("stdout", "c\n"), ("result", "3"),
    ]  # fmt: skip


def test_stdout_and_stderr_keep_their_order(session):
    code = "import sys\nfor n in range(3):\n  print('out', n)\n  print('err', n, file=sys.stderr)"
    expected = [(kind, f"{kind[3:]} {n}\n") for n in range(3) for kind in ("stdout", "stderr")]
    assert seen(session, code) == expected


@pytest.fixture
def wide(client):
    with client.create_session(limits=Limits(output_bytes=16 << 20)) as session:
        yield session


# Sizes below and above one record of the output ring, the whole ring, and one event.
@pytest.mark.parametrize("size", [100, 1000, 32 << 10, 100_000, 1_000_000])
def test_much_output_arrives_whole_and_in_order(wide, size):
    count = 12_000_000 // size
    code = f"for n in range({count}): print(str(n).rjust({size - 1}, '.'))"
    expected = "".join(str(n).rjust(size - 1, ".") + "\n" for n in range(count))
    assert run(wide, code).stdout == expected


def test_much_output_of_both_streams_and_displays_keeps_its_order(wide):
    code = """
import sys
for n in range(300):
    print(str(n) * 5000)
    print(str(n) * 5000, file=sys.stderr)
    if n % 7 == 0: display(n)
"""
    expected = []
    for n in range(300):
        expected += [("stdout", str(n) * 5000 + "\n"), ("stderr", str(n) * 5000 + "\n")]
        expected += [("display", str(n))] if n % 7 == 0 else []
    assert seen(wide, code) == expected


def test_threads_that_print_much_lose_nothing(wide):
    code = """
import threading
def work(name):
    for n in range(200): print(f"{name} {n} ".ljust(10_000, name))
threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    # The text of a print is one piece, and its newline another.
    text = run(wide, code).stdout
    for name in "abcd":
        pieces = [f"{name} {n} ".ljust(10_000, name) for n in range(200)]
        found = [text.find(piece) for piece in pieces]
        assert -1 not in found
        assert found == sorted(found)


def test_cell_that_prints_without_end_is_cancelled(wide):
    stream = wide.stream("x = 41\nprint('ready')\nwhile True: print('x' * 50_000)", timeout=100)
    read_until_stdout(stream, "ready\n")
    wide.cancel(stream.execution)
    assert finished(stream).execution.cause is Cause.CANCELLED_BY_CALLER
    assert value(wide, "x") == "41"


C_CALLS = {
    "puts": "libc.puts(b'C')",
    "printf": "libc.printf(b'C\\n')",
    "write": "libc.write(1, b'C\\n', 2)",
}


@pytest.mark.parametrize("call", C_CALLS.values(), ids=C_CALLS)
def test_output_of_c_code_keeps_its_place_among_prints(session, call):
    code = f"import ctypes\nlibc = ctypes.CDLL(None)\nfor n in range(50):\n  print('P')\n  {call}"
    assert run(session, code).stdout == "P\nC\n" * 50


def test_output_of_c_code_without_newline_is_not_lost(session):
    code = "import ctypes\nctypes.CDLL(None).printf(b'no newline')"
    assert run(session, code).stdout == "no newline"


SUBPROCESSES = {
    "subprocess": "import subprocess; _ = subprocess.run(['echo', 'S'])",
    "os.system": "import os; _ = os.system('echo S')",
    "bang": "!echo S",
    "fd 1": "import os; _ = os.write(1, b'S\\n')",
    "buffer": "import sys; _ = sys.stdout.buffer.write(b'S\\n')",
}


@pytest.mark.parametrize("statement", SUBPROCESSES.values(), ids=SUBPROCESSES)
def test_output_of_subprocesses_keeps_its_place_among_prints(session, statement):
    code = f"for n in range(10):\n  print('P')\n  {statement}"
    assert run(session, code).stdout == "P\nS\n" * 10


def test_output_of_subprocesses_keeps_its_place_among_displays(session):
    code = "display(1)\n!echo S\ndisplay(2)"
    assert seen(session, code) == [("display", "1"), ("stdout", "S\n"), ("display", "2")]


def test_output_of_a_subprocess_is_complete_when_the_cell_has_finished(session):
    result = run(session, "!seq 1 20000")
    assert result.stdout == "".join(f"{n}\n" for n in range(1, 20001))


def test_traceback_names_the_cell_and_has_no_colours(session):
    result = session.execute("def f():\n    return 1 / 0\nf()")
    assert result.error.type == "ZeroDivisionError"
    assert result.error.message == "division by zero"
    assert "Cell In[" in result.error.traceback
    assert "----> 3 f()" in result.error.traceback
    assert "\x1b" not in result.error.traceback


def test_bytes_that_are_not_utf8_arrive_as_they_are(session):
    events = events_of(session, "import sys\n_ = sys.stdout.buffer.write(bytes(range(256)))")
    data = b"".join(event.data for event in events if hasattr(event, "data"))
    assert data == bytes(range(256))
    assert events[-1].execution.stdout.total_bytes == 256


def test_print_of_a_thread_between_cells_comes_with_the_next_cell(session):
    code = """
import threading
def late():
    wait_for("go")
    print("late")
    open("printed", "w").close()
thread = threading.Thread(target=late); thread.start()
"""
    run(session, wait_for("/") + code)
    session.write_bytes(b"", "go")
    result = run(session, "thread.join(); print('next')")
    assert result.generation == 1
    assert sorted(result.stdout.split()) == ["late", "next"]


def test_background_process_may_print_after_its_cell(session):
    shell = "while [ ! -e go ]; do sleep 0.02; done; echo late"
    code = f"import subprocess\np = subprocess.Popen({shell!r}, shell=True)"
    run(session, code)
    session.write_bytes(b"", "go")
    result = run(session, "p.wait(); print('next')")
    assert sorted(result.stdout.split()) == ["late", "next"]
