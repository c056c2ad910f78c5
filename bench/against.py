"""Compares two checkouts in one run: each figure is measured on both, alternately.

The other checkout is called by the same carrel-bench and beside the same baselines, with images of
its own. Its carreld lives at the same time: a temporary disturbance affects both.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import table
from bench.context import Bench, say, started
from bench.figures import Measure, Stage
from bench.measurement import Outcome, Spec, rounded

# More is better for measurements in one of these units; all others are time or memory.
_RATES = ("MB/s", "/s")
# Smaller differences cannot be distinguished from noise, however similar the rounds are.
SMALLEST_NOISE = 0.02


@dataclass(frozen=True)
class Comparison:
    """A figure of both checkouts, by rounds. The measurements are compared, not their ratios to a
    baseline, which has noise of its own.
    """

    spec: Spec
    before: tuple[Outcome, ...]
    now: tuple[Outcome, ...]

    @property
    def absent(self) -> str:
        """The reason why there is nothing to compare; empty if there is something."""
        for outcome in (*self.before, *self.now):
            if outcome.measured is None:
                return outcome.absent or "nothing was measured"
        return ""

    @property
    def unit(self) -> str:
        """The unit of the medians."""
        measured = self.now[0].measured
        return measured.unit if measured else self.spec.unit

    @property
    def ratios(self) -> list[float]:
        """The ratio of the medians, now ÷ before, of each round."""
        pairs = zip(_medians(self.now), _medians(self.before), strict=True)
        return [now / before for now, before in pairs]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return statistics.median(self.ratios)

    @property
    def noise(self) -> float:
        """The largest relative difference between rounds of the same checkout, at least
        SMALLEST_NOISE.
        """
        medians = (_medians(self.before), _medians(self.now))
        return max(SMALLEST_NOISE, *(max(one) / min(one) - 1 for one in medians))

    @property
    def verdict(self) -> str:
        """`worse` or `better` if the difference exceeds the noise, otherwise `same`."""
        factor = 1 / self.ratio if self.unit in _RATES else self.ratio
        if factor > 1 + self.noise:
            return "worse"
        return "better" if factor < 1 / (1 + self.noise) else "same"

    def to_json(self) -> dict[str, Any]:
        """Returns the comparison as it is in the report."""
        told: dict[str, Any] = {"id": self.spec.id, "name": self.spec.name}
        if self.absent:
            return told | {"absent": self.absent}
        return told | {
            "unit": self.unit,
            "before": [rounded(median) for median in _medians(self.before)],
            "now": [rounded(median) for median in _medians(self.now)],
            "ratio": rounded(self.ratio),
            "noise": rounded(self.noise),
            "verdict": self.verdict,
        }


def _medians(outcomes: Sequence[Outcome]) -> list[float]:
    return [outcome.measured.median for outcome in outcomes if outcome.measured]


def in_turns(
    measure: Callable[[Bench], Outcome], before: Bench, now: Bench, rounds: int
) -> tuple[tuple[Outcome, ...], tuple[Outcome, ...]]:
    """Measures both equally often; the two alternate in going first."""
    outcomes: dict[int, list[Outcome]] = {0: [], 1: []}
    for index in range(rounds):
        for which in (0, 1) if index % 2 == 0 else (1, 0):
            outcomes[which].append(measure((before, now)[which]))
    return tuple(outcomes[0]), tuple(outcomes[1])


def compare_figure(
    spec: Spec, before: tuple[Outcome, ...], now: tuple[Outcome, ...]
) -> list[Comparison]:
    """Returns one comparison, or one of each row if the figure is compared by rows."""
    by_name = [{row.name: row for row in outcome.compared} for outcome in (*before, *now)]
    names = [name for name in by_name[-1] if all(name in rows for rows in by_name)]
    if not names:
        return [Comparison(spec, before, now)]
    return [
        Comparison(
            replace(spec, name=name),
            tuple(Outcome(measured=rows[name]) for rows in by_name[: len(before)]),
            tuple(Outcome(measured=rows[name]) for rows in by_name[len(before) :]),
        )
        for name in names
    ]


def compare_stage(
    stage: Stage,
    wanted: Mapping[str, tuple[Spec, Measure]],
    other: Path,
    *,
    quick: bool,
    rounds: int,
) -> list[Comparison]:
    """Compares the wanted figures of a stage, on a carreld of each checkout."""
    keys = [key for key in stage.measures if key in wanted]
    if not keys:
        return []
    comparisons = []
    with (
        started(quick=quick, details=False, in_memory=stage.in_memory, checkout=other) as before,
        started(quick=quick, details=False, in_memory=stage.in_memory) as now,
    ):
        for key in keys:
            spec, measure = wanted[key]
            say(f"{key}  {spec.name}")
            for one in compare_figure(spec, *in_turns(measure, before, now, rounds)):
                told = one.absent or f"now ÷ before: {table.number(one.ratio)}, {one.verdict}"
                say(f"   {told}" if one.spec is spec else f"   {one.spec.name}: {told}")
                comparisons.append(one)
    return comparisons


def comparison_table(comparisons: Sequence[Comparison]) -> str:
    """Formats the medians of the rounds' medians, and the range of the rounds' ratios."""
    head = ["", "figure", "before", "now", "now ÷ before", "rounds", "noise", ""]
    rows = []
    for one in sorted(comparisons, key=lambda one: one.spec.id):
        if one.absent:
            rows += [[one.spec.id, one.spec.name, *[""] * 6], ["", f"  {one.absent}"]]
            continue
        middle = [statistics.median(_medians(side)) for side in (one.before, one.now)]
        rows.append(
            [
                one.spec.id,
                one.spec.name,
                *(f"{table.number(value)} {one.unit}" for value in middle),
                table.number(one.ratio),
                f"{table.number(min(one.ratios))} to {table.number(max(one.ratios))}",
                f"± {one.noise:.0%}",
                one.verdict,
            ]
        )
    return table.grid(head, rows)
