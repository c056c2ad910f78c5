"""Interrupts and signals that arrive when no cell runs, or as one ends."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from carrel import Cause, Ending
from support import run, value

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "stress"))

from late_interrupts import run_many, run_until_timeout, run_with_signal


@pytest.mark.parametrize("one", [run_until_timeout, run_with_signal])
def test_no_interpreter_is_lost_to_what_comes_as_a_cell_ends(client, one):
    faults = run_many(client, "minimal", 120, seed=14, one=one)
    assert faults.texts == []
    assert sum(faults.endings.values()) >= 120


BETWEEN_CELLS = {
    "interrupt": "threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()",
    "interrupt_main": "threading.Timer(0.2, __import__('_thread').interrupt_main).start()",
    "alarm": "signal.signal(signal.SIGALRM, late); signal.setitimer(signal.ITIMER_REAL, 0.2)",
    "many alarms": "signal.signal(signal.SIGALRM, late);"
    " signal.setitimer(signal.ITIMER_REAL, 0.1, 0.001); threading.Timer(0.5, stop).start()",
    "child": "signal.signal(signal.SIGCHLD, late); subprocess.Popen(['sleep', '0.2'])",
    "exception": "threading.Timer(0.2, lambda: ctypes.pythonapi.PyThreadState_SetAsyncExc("
    "ctypes.c_ulong(main), ctypes.py_object(KeyError))).start()",
}


@pytest.mark.parametrize("code", BETWEEN_CELLS.values(), ids=BETWEEN_CELLS)
def test_signal_between_cells_is_nobodys(session, code):
    run(
        session,
        "import ctypes, os, signal, subprocess, threading\nmain = threading.get_ident()\n"
        "def late(number, frame): raise TimeoutError\n"
        "def stop(): signal.setitimer(signal.ITIMER_REAL, 0)\nkept = 1",
    )
    run(session, code)
    time.sleep(1)
    assert value(session, "kept") == "1"
    assert session.refresh().generation == 1


def test_handler_that_does_not_raise_runs_between_cells(session):
    run(
        session,
        "import signal, time\nseen = []\n"
        "signal.signal(signal.SIGALRM, lambda number, frame: seen.append(time.monotonic()))\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.2)",
    )
    time.sleep(1)
    assert float(value(session, "time.monotonic() - seen[0]")) > 0.5


def test_what_a_handler_raises_between_cells_is_told_on_stderr(session):
    run(
        session,
        "import signal\ndef late(number, frame): raise TimeoutError('nobody waits')\n"
        "signal.signal(signal.SIGALRM, late)\nsignal.setitimer(signal.ITIMER_REAL, 0.2)",
    )
    time.sleep(1)
    assert "TimeoutError: nobody waits" in run(session, "1").stderr


HANDLERS = {
    "own": "signal.signal(signal.SIGINT, lambda number, frame: None)",
    "ignored": "signal.signal(signal.SIGINT, signal.SIG_IGN)",
    "default": "signal.signal(signal.SIGINT, signal.SIG_DFL)",
    "ignored behind Python's back": "ctypes.CDLL(None).signal(signal.SIGINT, ctypes.c_void_p(1))",
    "blocked": "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])",
}


@pytest.mark.parametrize("code", HANDLERS.values(), ids=HANDLERS)
def test_what_a_cell_does_to_sigint_ends_with_it(strict_session, code):
    run(strict_session, f"import ctypes, signal\nkept = 7\n{code}")
    result = strict_session.execute("while True: pass", timeout=1)
    assert result.execution.cause is Cause.TIMEOUT
    assert result.execution.ending is Ending.INTERRUPTED
    assert value(strict_session, "kept") == "7"


def test_recursion_limit_of_a_cell_does_not_keep_the_next_from_running(session):
    run(session, "import sys\ndef depth():\n    sys.setrecursionlimit(30)\ndepth()")
    assert value(session, "1 + 1") == "2"
    run(session, "sys.setrecursionlimit(5000)")
    assert value(session, "sys.getrecursionlimit()") == "5000"
