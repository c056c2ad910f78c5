"""Figure m: the time that others' calls take beside hostile guests, ÷ the same alone.

Callers are processes of their own (caller.py), each with a session of its own. They make calls from
before the first row until after the last; their samples are collected row by row. The baseline is
collected three times between rows, when no guest runs.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace

from bench.caller import CANCEL, CELL, GET, UPLOAD, Caller
from bench.context import IMAGE, Bench, say
from bench.guests import Guests
from bench.measurement import Measurement, Outcome, Part, measurement, p99_of
from bench.table import number
from bench.worst import ONCE_SEEN, OTHERS, Row

GOAL_RATIO = 3.0
GOAL_GET_MS = 50.0
# Kinds of calls with a goal; cancelling is only reported.
JUDGED = (GET, CELL, UPLOAD)
KINDS = (*JUDGED, CANCEL)
# Time for guests to start, and for the machine to recover from them.
BEGIN_SECONDS, REST_SECONDS = 1.0, 0.7
ALONE = "alone"

Samples = dict[str, list[float]]


class Watch:
    """Callers of every kind, and their samples by the name of a row."""

    def __init__(self, bench: Bench, callers: list[Caller]) -> None:
        self._seconds = bench.pick(4.0, 2.0)
        self._callers = callers
        self.by_row: dict[str, Samples] = {}
        self.failures: list[str] = []

    def take(self, name: str) -> Samples:
        """Lets the callers run for a while, and returns all samples of this row so far."""
        for caller in self._callers:
            caller.take()
        time.sleep(self._seconds)
        samples = self.by_row.setdefault(name, {kind: [] for kind in KINDS})
        for caller in self._callers:
            taken = caller.take()
            samples[caller.kind] += taken.samples
            self.failures += [f"{name}: {text}" for text in taken.failures]
        return samples


@contextlib.contextmanager
def watching(bench: Bench) -> Iterator[Watch]:
    """Starts the callers, and ends them."""
    with contextlib.ExitStack() as stack:
        callers = []
        for kind in KINDS:
            session = stack.enter_context(bench.client.create_session(IMAGE))
            callers.append(stack.enter_context(Caller(kind, bench.server.address, session)))
        yield Watch(bench, callers)


def watch_row(bench: Bench, watch: Watch, name: str, rows: tuple[Row, ...]) -> str:
    """Measures one row, or several at once; returns the causes if guests were ended, or empty."""
    with contextlib.ExitStack() as stack:
        guests = [stack.enter_context(Guests(bench, row)) for row in rows]
        time.sleep(BEGIN_SECONDS)
        watch.take(name)
        stopped = sorted({cause for one in guests for cause in one.stopped()})
    time.sleep(REST_SECONDS)
    return f"{name} ({', '.join(stopped)})" if stopped else ""


def ratio_of(samples: Samples, alone: Samples, kind: str) -> float:
    """Returns p99 ÷ p99."""
    return p99_of(samples[kind]) / p99_of(alone[kind])


def parts_of(by_row: dict[str, Samples]) -> tuple[Part, ...]:
    """Returns two parts of each row: GetSession's p99, and the worst of its ratios."""
    alone = by_row[ALONE]
    parts = []
    for name, samples in by_row.items():
        if name == ALONE:
            continue
        worst = max(JUDGED, key=lambda kind: ratio_of(samples, alone, kind))
        ratio = ratio_of(samples, alone, worst)
        parts.append(Part(f"{name}: {GET}, p99", p99_of(samples[GET]), "ms", GOAL_GET_MS))
        parts.append(Part(f"{name}: {worst}, p99 ÷ alone", ratio, goal=GOAL_RATIO))
    return tuple(parts)


def rows_of(by_row: dict[str, Samples]) -> list[Measurement]:
    """Returns the measurements of all kinds of all rows."""
    rows = []
    for name, samples in by_row.items():
        for kind in KINDS:
            row = measurement(kind if kind != GET else f"{name}: {kind}", samples[kind])
            rows.append(replace(row, is_part=kind != GET))
    return rows


def p99s_of(by_row: dict[str, Samples]) -> tuple[Measurement, ...]:
    """Returns the measurements by which two checkouts are compared."""
    return tuple(
        measurement(f"{name}: {kind}, p99", [p99_of(samples[kind])])
        for name, samples in by_row.items()
        for kind in KINDS
    )


def neighbours(bench: Bench) -> Outcome:
    """Measures figure m: its value is the worst ratio of all rows."""
    single = ONCE_SEEN if bench.quick else (*ONCE_SEEN, *OTHERS)
    kinds: list[tuple[str, tuple[Row, ...]]] = [(row.name, (row,)) for row in single]
    kinds.append(("two of each other kind", tuple(replace(row, sessions=2) for row in OTHERS)))
    stopped = []
    with watching(bench) as watch:
        for index, (name, rows) in enumerate(kinds):
            if index % (len(kinds) // 3) == 0:
                watch.take(ALONE)
            stopped.append(watch_row(bench, watch, name, rows))
            get = p99_of(watch.by_row[name][GET])
            say(f"      {name}: {GET} p99 {number(get)} ms")
    return told(watch, [text for text in stopped if text])


def told(watch: Watch, stopped: list[str]) -> Outcome:
    """Makes the outcome from the samples."""
    alone = watch.by_row[ALONE]
    others = {name: samples for name, samples in watch.by_row.items() if name != ALONE}
    name, kind = max(
        ((name, kind) for name in others for kind in JUDGED),
        key=lambda of: ratio_of(others[of[0]], alone, of[1]),
    )
    notes = [f"the worst: {kind} beside {name}"]
    notes += [f"guests that were ended: {'; '.join(stopped)}"] if stopped else []
    notes += watch.failures[:3]
    return Outcome(
        value=ratio_of(others[name], alone, kind),
        measured=measurement(f"{kind} beside {name}", others[name][kind]),
        baseline=measurement(f"{kind}, {ALONE}", alone[kind]),
        parts=parts_of(watch.by_row),
        note="; ".join(notes),
        details=rows_of(watch.by_row),
        compared=p99s_of(watch.by_row),
    )
