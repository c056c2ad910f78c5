"""The RPC succeeds, and the Execution reports the ending, however a cell ends."""

from __future__ import annotations

import pytest
from carrel import Cause, Ending, InvalidArgument, State
from carrel.v1 import code_interpreter_pb2 as pb
from support import error_of, eventually, run, value, wait_for


def outcome(result):
    execution = result.execution
    return execution.state, execution.cause, execution.ending, execution.variables_survived


RETURNED = (Ending.RETURNED, True)


def test_cell_that_completes(session):
    result = session.execute("x = 1")
    assert outcome(result) == (State.SUCCEEDED, Cause.COMPLETED, *RETURNED)
    assert result.execution.end_time >= result.execution.start_time
    assert result.execution.code == "x = 1"


def test_exception_ends_the_cell_but_not_the_session(session):
    result = session.execute("x = 1\nraise ValueError('for this reason')\nx = 2")
    assert outcome(result) == (State.FAILED, Cause.EXCEPTION, *RETURNED)
    assert (result.error.type, result.error.message) == ("ValueError", "for this reason")
    assert value(session, "x") == "1"


def test_syntax_error_runs_nothing(session):
    result = session.execute("x = 1\nprint('never'\n")
    assert outcome(result) == (State.FAILED, Cause.SYNTAX_ERROR, *RETURNED)
    assert result.error.type in {"SyntaxError", "_IncompleteInputError"}
    assert result.stdout == ""
    assert value(session, "'x' in globals()") == "False"


@pytest.mark.parametrize("code", ["  x = 1", "if True:\nx = 1"])
def test_bad_indentation_is_a_syntax_error_or_is_mended(session, code):
    assert session.execute(code).execution.cause in {Cause.SYNTAX_ERROR, Cause.COMPLETED}


@pytest.mark.parametrize(
    ("call", "state", "exit_code"),
    [
        ("sys.exit(0)", State.SUCCEEDED, 0),
        ("sys.exit()", State.SUCCEEDED, 0),
        ("sys.exit(3)", State.FAILED, 3),
        ("sys.exit('words')", State.FAILED, 1),
        ("exit()", State.SUCCEEDED, 0),
        ("raise SystemExit(4)", State.FAILED, 4),
    ],
)
def test_sys_exit_ends_the_cell_but_not_the_session(session, call, state, exit_code):
    result = session.execute(f"import sys\nx = 1\n{call}\nx = 2")
    assert outcome(result) == (state, Cause.SYSTEM_EXIT, *RETURNED)
    assert result.execution.exit_code == exit_code
    assert value(session, "x") == "1"


DEATHS = {
    "os._exit": ("import os; os._exit(7)", Cause.PROCESS_EXIT, 7, 0),
    "os._exit(0)": ("import os; os._exit(0)", Cause.PROCESS_EXIT, 0, 0),
    "segfault": ("import ctypes; ctypes.string_at(0)", Cause.CRASH, 0, 11),
    "abort": ("import os; os.abort()", Cause.CRASH, 0, 6),
    "SIGKILL": ("import os, signal; os.kill(os.getpid(), 9)", Cause.CRASH, 0, 9),
    "C exit": ("import ctypes; ctypes.CDLL(None).exit(5)", Cause.PROCESS_EXIT, 5, 0),
}


@pytest.mark.parametrize(("code", "cause", "exit_code", "signal"), DEATHS.values(), ids=DEATHS)
def test_death_of_the_interpreter_is_a_result(session, code, cause, exit_code, signal):
    run(session, "x = 1")
    result = session.execute(f"print('before')\n{code}\nprint('after')")
    execution = result.execution
    assert outcome(result) == (State.FAILED, cause, Ending.DIED, False)
    assert (execution.exit_code, execution.signal) == (exit_code, signal)
    assert result.stdout == "before\n"
    assert execution.message


# Code that runs out of memory and aborts because nothing handles the failure.
WITHOUT_MEMORY = {
    "C++": (
        "minimal",
        "import ctypes; ctypes.CDLL('libstdc++.so.6')._Znwm(ctypes.c_size_t(1 << 40))",
    ),
    "C": (
        "minimal",
        "import ctypes; c = ctypes.CDLL(None); c.malloc(ctypes.c_size_t(1 << 40)); c.abort()",
    ),
    "Rust": ("data-science", "import polars; polars.zeros(1 << 37, eager=True)"),
    "Rust, in a thread": (
        "data-science",
        "import polars, threading\n"
        "thread = threading.Thread(target=lambda: polars.zeros(1 << 37, eager=True))\n"
        "thread.start(); thread.join()",
    ),
}


@pytest.mark.parametrize(("image", "code"), WITHOUT_MEMORY.values(), ids=WITHOUT_MEMORY)
def test_an_abort_for_want_of_memory_is_the_limit_and_no_crash(client, image, code):
    with client.create_session(image) as session:
        result = session.execute(code)
        assert outcome(result) == (State.FAILED, Cause.MEMORY_LIMIT, Ending.DIED, False)
        assert result.execution.signal == 6
        assert "memory" in result.execution.message
        assert "Fatal Python error: Aborted" in result.stderr
        assert run(session, "1").loss.cause is Cause.MEMORY_LIMIT


# Before each of these, an allocation failed and was handled.
OTHER_ABORTS = {
    "Python's own": "import os; os.abort()",
    "a signal": "import os; os.kill(os.getpid(), 6)",
    "another exception of C++": """
import ctypes
c = ctypes.CDLL("libstdc++.so.6")
c._ZSt20__throw_length_errorPKc(b"too long")
""",
    "in the next cell": "import ctypes; ctypes.CDLL(None).abort()",
    "after a child's": """
import ctypes, os
if os.fork() == 0:
    ctypes.CDLL("libstdc++.so.6")._Znwm(ctypes.c_size_t(1 << 40))
os.wait()
os.abort()
""",
}


@pytest.mark.parametrize("code", OTHER_ABORTS.values(), ids=OTHER_ABORTS)
def test_an_abort_for_another_reason_is_a_crash(session, code):
    refused = "try: bytearray(1 << 40)\nexcept MemoryError: pass\n"
    run(session, refused)
    result = session.execute(code if "ctypes.CDLL(None)" in code else refused + code)
    assert outcome(result) == (State.FAILED, Cause.CRASH, Ending.DIED, False)


def test_next_cell_after_a_death_gets_a_fresh_interpreter_and_learns_why(session):
    run(session, "x = 1\nopen('kept.txt', 'w').write('kept')")
    dead = session.execute("import os; os._exit(7)")
    info = session.refresh()
    assert info.last_loss.generation == 1
    assert info.last_loss.cause is Cause.PROCESS_EXIT
    assert info.last_loss.execution == dead.execution.name
    result = run(session, "print('x' in globals(), open('kept.txt').read())")
    assert result.stdout == "False kept\n"
    assert result.generation == 2
    assert result.loss.cause is Cause.PROCESS_EXIT
    assert result.loss.generation == 1
    again = run(session, "1")
    assert (again.generation, again.loss) == (2, None), "it is told once"


def test_death_between_cells_is_told_by_the_next(session):
    code = """
import os, threading
def die():
    wait_for('go')
    os._exit(9)
threading.Thread(target=die).start()
"""
    run(session, wait_for("/") + code)
    session.write_bytes(b"", "go")
    eventually(lambda: session.refresh().last_loss, "the loss is noticed")
    assert session.info.last_loss.cause is Cause.PROCESS_EXIT
    result = run(session, "1")
    assert (result.generation, result.loss.generation) == (2, 1)


def test_crash_leaves_the_neighbour_alone(session, neighbour):
    run(neighbour, "x = 1")
    for _ in range(3):
        session.execute("import ctypes; ctypes.string_at(0)")
    assert value(neighbour, "x") == "1"
    assert neighbour.refresh().generation == 1
    assert run(session, "1").generation == 4


def test_input_fails_at_once(session):
    result = session.execute("x = 1\nname = input('Your name? ')")
    assert outcome(result) == (State.FAILED, Cause.EXCEPTION, *RETURNED)
    assert result.error.type
    assert value(session, "x") == "1"


def test_uncaught_error_in_a_thread_is_on_stderr(session):
    code = "import threading\nt = threading.Thread(target=lambda: 1/0); t.start(); t.join()"
    assert "ZeroDivisionError" in run(session, code).stderr


def test_code_that_is_not_utf8_is_refused(channel, session):
    execute = channel.unary_stream("/carrel.v1.CodeInterpreter/Execute")
    request = pb.ExecuteRequest(session=session.name).SerializeToString() + b"\x12\x03a\xff\xfe"
    error = error_of(execute, request)
    assert isinstance(error, InvalidArgument), error
    assert error.field == "code"
    assert "UTF-8" in str(error)


def test_request_that_is_no_message_is_refused(channel):
    execute = channel.unary_stream("/carrel.v1.CodeInterpreter/Execute")
    assert isinstance(error_of(execute, b"\xff\xff\xff"), InvalidArgument)


def test_code_of_the_largest_size_runs_and_a_larger_one_is_refused(client, session):
    limit = client.info().max_code_bytes
    code = "print('ran')\n#"
    assert run(session, code + "x" * (limit - len(code))).stdout == "ran\n"
    with pytest.raises(InvalidArgument) as error:
        session.execute("#" * (limit + 1))
    assert error.value.field == "code"


@pytest.mark.parametrize("timeout", [-1, 10**9])
def test_timeout_out_of_bounds_is_refused(session, timeout):
    with pytest.raises(InvalidArgument) as error:
        session.execute("1", timeout=timeout)
    assert error.value.field == "timeout"
