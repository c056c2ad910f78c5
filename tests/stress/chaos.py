"""Sessions that attack, and innocent ones beside them, for an hour.

    ./dev chaos [--minutes M] [--seed S] [--hostile N] [--innocent N]

Random attacks of tests/hostile run in sessions that are deleted and made anew as they die, or at
random. Beside them work sessions whose every answer is known and checked. The run fails if one of
these gets a wrong answer or none, if the neighbour that all attacks target has noticed anything, or
if something is left at the end. The latencies of calls, before the attackers come and while they
are there, are reported and fail nothing.

A seed makes the same sessions do the same in the same order; their timing is left to the machine.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "hostile"))

from attackers import Attacker
from carrel.errors import CarrelError
from chaos_board import Board, report
from innocents import TASKS, Innocent, work
from support import SLOWNESS
from target import Target, started_target

from bench.caller import CELL, GET, Caller
from bench.measurement import quantile

ALONE, INNOCENT, CHAOS = "alone", "beside innocents", "beside all"
_PROGRESS_SECONDS = 10.0
# The share of the whole run of each phase without attackers.
_BASELINE_SHARE = 1 / 12
_LONGEST_BASELINE = 60.0
# The average number of tasks of an innocent session before another replaces it.
_TASKS_OF_A_SESSION = 60


@dataclass(frozen=True)
class Options:
    """The size of a run."""

    minutes: float = 60
    seed: int = 0
    hostile: int = 20
    innocent: int = 20


class Run:
    """One run against one carreld."""

    def __init__(self, options: Options, target: Target, callers: list[Caller]) -> None:
        self.board = Board()
        self._options = options
        self._target = target
        self._callers = callers
        self._attack_stopped = threading.Event()
        self._work_stopped = threading.Event()

    def carry_out(self) -> None:
        """Runs all phases; no thread of the run is left afterwards."""
        whole = self._options.minutes * 60
        baseline = min(_LONGEST_BASELINE, whole * _BASELINE_SHARE)
        self._watch(ALONE, baseline)
        innocents = [
            threading.Thread(target=self._innocent, args=(number,))
            for number in range(self._options.innocent)
        ]
        attackers = [
            Attacker(
                number, self._options.seed, self._target, self.board, self._attack_stopped.is_set
            )
            for number in range(self._options.hostile)
        ]
        hostile = [threading.Thread(target=attacker.work) for attacker in attackers]
        try:
            start(innocents)
            self._watch(INNOCENT, baseline)
            start(hostile)
            self._watch(CHAOS, whole - 2 * baseline)
        finally:
            self._attack_stopped.set()
            self._work_stopped.set()
            for attacker in attackers:
                attacker.end_session()
            for thread in (*hostile, *innocents):
                if thread.is_alive():
                    thread.join()

    def _innocent(self, number: int) -> None:
        image = list(TASKS)[number % len(TASKS)]
        chance = random.Random(f"innocent {number} {self._options.seed}")
        while not self._work_stopped.is_set():
            try:
                with self._target.client.create_session(image) as session:
                    self._work_in(Innocent(session, chance), image)
            except (AssertionError, CarrelError, ValueError) as error:
                self.board.fault(f"innocent {number}: {error!r}")

    def _work_in(self, innocent: Innocent, image: str) -> None:
        for _ in range(innocent.chance.randrange(1, 2 * _TASKS_OF_A_SESSION)):
            if self._work_stopped.is_set():
                return
            self.board.did(work(innocent, image))

    def _watch(self, phase: str, seconds: float) -> None:
        """Lets a phase run for so long, and reports every ten seconds."""
        for caller in self._callers:
            caller.take()
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _PROGRESS_SECONDS))
            worst = self._take(phase)
            self._check_neighbour()
            tell(self.board, phase, worst)

    def _take(self, phase: str) -> dict[str, float]:
        """Collects the callers' samples; returns the p99 of each kind since the last call."""
        worst = {}
        for caller in self._callers:
            taken = caller.take()
            self.board.took(phase, caller.kind, taken.samples)
            worst[caller.kind] = quantile(taken.samples or [0.0], 0.99)
            for failure in taken.failures:
                self.board.fault(f"a neighbour's call: {failure}")
        return worst

    def _check_neighbour(self) -> None:
        try:
            self._target.check_alive()
        except (AssertionError, CarrelError, OSError) as error:
            self.board.fault(f"the neighbour: {error!r}")


def start(threads: list[threading.Thread]) -> None:
    """Starts all of them."""
    for thread in threads:
        thread.start()


def tell(board: Board, phase: str, worst: dict[str, float]) -> None:
    """Prints one line of progress."""
    p99 = ", ".join(f"{kind} p99 {milliseconds:.1f} ms" for kind, milliseconds in worst.items())
    print(
        f"{board.seconds:6.0f} s, {phase}: {board.attacks.total()} attacks"
        f" ({len(board.running)} at work), {board.tasks.total()} tasks of innocents,"
        f" {len(board.faults)} faults; {p99}",
        flush=True,
    )


def carry_out(options: Options) -> Board:
    """Starts a carreld, runs, checks for leftovers, and returns the results."""
    print(f"seed {options.seed}", flush=True)
    run: Run | None = None
    try:
        with started_target(
            images=list(TASKS),
            default_image="minimal",
            max_session_count=options.hostile + options.innocent + 16,
            # A cell that can be interrupted must never be killed, however late it is scheduled.
            interrupt_grace_period={"seconds": int(20 * SLOWNESS)},
        ) as target, ExitStack() as stack:  # fmt: skip
            callers = []
            for kind in (GET, CELL):
                session = stack.enter_context(target.client.create_session())
                callers.append(stack.enter_context(Caller(kind, target.server.address, session)))
            run = Run(options, target, callers)
            run.carry_out()
    except AssertionError as error:
        if run is None:
            raise
        run.board.fault(f"at the end: {error}")
    assert run is not None
    print(report(run.board, options.seed), flush=True)
    return run.board


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="./dev chaos", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=Options.minutes, help="%(default)g")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--hostile", type=int, default=Options.hostile, help="%(default)d sessions")
    parser.add_argument("--innocent", type=int, default=Options.innocent, help="the same")
    board = carry_out(Options(**vars(parser.parse_args())))
    return 1 if board.faults else 0


if __name__ == "__main__":
    sys.exit(main())
