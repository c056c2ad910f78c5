"""A short chaos run, and tests of its parts: every kind of fault must be detected."""

from __future__ import annotations

import random

import chaos
import pytest
from chaos_board import Board, latency_lines, report
from innocents import TASKS, Innocent, cancelled, errors, kept_variables, timeouts, work
from support import SLOWNESS

from bench.caller import CELL, GET, UPLOAD, Caller, corrected

MINUTES = 2.0
_CHAOS_TIMEOUT = 900

pytestmark = pytest.mark.lanes("native")


@pytest.mark.timeout(_CHAOS_TIMEOUT * SLOWNESS)
def test_innocents_beside_attackers_are_told_the_truth_and_nothing_is_left():
    seed = random.SystemRandom().randrange(1 << 32)
    board = chaos.carry_out(chaos.Options(minutes=MINUTES, seed=seed))
    assert board.faults == [], report(board, seed)
    assert board.tasks.total() > 0
    assert board.attacks.total() > 0


@pytest.mark.parametrize("image", TASKS)
def test_every_task_can_be_done(client, image):
    with client.create_session(image) as session:
        innocent = Innocent(session, random.Random(7))
        for task in dict.fromkeys(TASKS[image]):
            task(innocent)


LIES = {
    "a wrong variable": ("n = 41", kept_variables),
    "a lost variable": ("del n", kept_variables),
    "a cell that ends although it was told to sleep": (
        "import time\ntime.sleep = lambda _: None",
        cancelled,
    ),
}


@pytest.mark.parametrize(("code", "task"), LIES.values(), ids=LIES)
def test_a_wrong_answer_is_a_fault(session, code, task):
    innocent = Innocent(session, random.Random(7))
    kept_variables(innocent)
    innocent.run(code)
    with pytest.raises(AssertionError):
        task(innocent)


@pytest.mark.parametrize("task", [timeouts, errors, cancelled])
def test_variables_that_were_lost_are_a_fault(session, task):
    innocent = Innocent(session, random.Random(7))
    kept_variables(innocent)
    session.execute("import os\nos._exit(1)")
    with pytest.raises(AssertionError):
        task(innocent)


def test_another_interpreter_is_a_fault(session):
    innocent = Innocent(session, random.Random(7))
    assert work(innocent, "minimal")
    session.execute("import os\nos._exit(1)")
    innocent.count = 0
    with pytest.raises(AssertionError, match="an interpreter was lost"):
        work(innocent, "minimal")


def test_a_caller_measures_and_tells_of_failures(server, session):
    for kind in (GET, CELL, UPLOAD):
        with Caller(kind, server.address, session) as caller:
            taken = caller.take()
            assert taken.failures == []
            assert all(sample > 0 for sample in taken.samples)
            if kind == CELL:
                session.execute("print = lambda *_: None")
                caller.take()
                failures = []
                while not failures:
                    failures = caller.take().failures
                assert "''" in failures[0]


def test_a_call_that_stands_still_is_many_late_ones():
    assert corrected(3.0, 0.01) == [3.0]
    assert corrected(35.0, 0.01) == [35.0, 25.0, 15.0]


def test_a_fault_names_the_attacks_that_ran():
    board = Board()
    board.begin(1, "fork_bomb")
    board.begin(2, "abort")
    board.end(2, "CRASH")
    board.fault("innocent 3: told wrong")
    told = report(board, 4711)
    assert "innocent 3: told wrong" in told
    assert "while there ran: fork_bomb" in told
    assert "1 faults, seed 4711" in told
    assert board.deaths == {"CRASH": 1}


def test_latencies_are_compared_with_those_alone():
    lines = latency_lines({"alone": {GET: [1.0], CELL: [2.0]}, "all": {GET: [60.0], CELL: [4.0]}})
    assert "60.0  NOT MET" in lines[1]
    assert lines[2].endswith("2.0  met")
    assert latency_lines({}) == []
