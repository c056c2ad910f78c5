"""Samples, their statistics, and figures with goals."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

# With fewer samples, the highest one would be the p99.
SAMPLES_FOR_P99 = 20


def quantile(samples: Sequence[float], q: float) -> float:
    """Returns the nearest-rank quantile, 0 < q <= 1."""
    ordered = sorted(samples)
    return ordered[max(1, math.ceil(q * len(ordered))) - 1]


@dataclass(frozen=True)
class Measurement:
    """Many samples of one thing, or one sample."""

    name: str
    samples: tuple[float, ...]
    unit: str = "ms"
    # True for a part of the row above, which is indented in the table.
    is_part: bool = False

    @property
    def median(self) -> float:
        """The median of the samples."""
        return statistics.median(self.samples)

    @property
    def p99(self) -> float | None:
        """The p99; None if there are too few samples."""
        return quantile(self.samples, 0.99) if len(self.samples) >= SAMPLES_FOR_P99 else None

    def to_json(self) -> dict[str, Any]:
        """Returns the measurement as it is in bench/results/latest.json."""
        return {
            "name": self.name,
            "unit": self.unit,
            "count": len(self.samples),
            "median": rounded(self.median),
            "p99": rounded(self.p99),
            "min": rounded(min(self.samples)),
            "max": rounded(max(self.samples)),
        }


def measurement(name: str, samples: Sequence[float], unit: str = "ms") -> Measurement:
    """Makes a measurement from at least one sample."""
    if not samples:
        raise ValueError(f"no samples of {name}")
    return Measurement(name, tuple(samples), unit)


def ratio(measured: Measurement, baseline: Measurement) -> float:
    """Returns the ratio of the medians."""
    return measured.median / baseline.median


def p99_ratio(measured: Measurement, baseline: Measurement) -> float | None:
    """Returns p99 ÷ the baseline's median, which is stricter than p99 ÷ p99."""
    return None if measured.p99 is None else measured.p99 / baseline.median


def p99_of(samples: Sequence[float]) -> float:
    """Returns the p99; of few samples, the highest."""
    return quantile(samples, 0.99)


def rounded(value: float | None) -> float | None:
    """Rounds to six digits, which are more than the precision of any figure."""
    return None if value is None else float(f"{value:.6g}")


def holds(value: float, goal: float, better: str) -> bool:
    """True if the value meets its goal."""
    return value <= goal if better == "lower" else value >= goal


@dataclass(frozen=True)
class Part:
    """One of several numbers behind a figure; without a goal it is only reported."""

    name: str
    value: float
    unit: str = "ratio"
    goal: float | None = None
    better: str = "lower"

    @property
    def met(self) -> bool | None:
        """True if the value meets the goal; None without a goal."""
        return None if self.goal is None else holds(self.value, self.goal, self.better)

    def to_json(self) -> dict[str, Any]:
        """Returns the part as it is in bench/results/latest.json."""
        return {
            "name": self.name,
            "value": rounded(self.value),
            "unit": self.unit,
            "better": self.better,
            "goal": self.goal,
            "met": self.met,
        }


@dataclass(frozen=True)
class Spec:
    """The definition of a figure."""

    id: str
    name: str
    unit: str
    better: str
    goal: float
    p99_goal: float | None = None


@dataclass(frozen=True)
class Outcome:
    """The result of measuring a figure. `value` is None if it could not be measured."""

    value: float | None = None
    p99: float | None = None
    measured: Measurement | None = None
    baseline: Measurement | None = None
    parts: tuple[Part, ...] = ()
    absent: str = ""
    note: str = ""
    # Further rows, for --details and the JSON.
    details: list[Measurement] = field(default_factory=list)
    # The measurements by which two checkouts are compared, each separately; `measured` if empty.
    compared: tuple[Measurement, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A figure of a run."""

    spec: Spec
    outcome: Outcome

    @property
    def met(self) -> bool | None:
        """True if the value, the p99 and all parts meet their goals; None without a value."""
        spec, outcome = self.spec, self.outcome
        if outcome.value is None:
            return None
        told = [holds(outcome.value, spec.goal, spec.better)]
        if outcome.p99 is not None and spec.p99_goal is not None:
            told.append(holds(outcome.p99, spec.p99_goal, spec.better))
        return all([*told, *(part.met is not False for part in outcome.parts)])

    def to_json(self) -> dict[str, Any]:
        """Returns the figure as it is in bench/results/latest.json."""
        spec, outcome = self.spec, self.outcome
        told: dict[str, Any] = {
            "id": spec.id,
            "name": spec.name,
            "value": rounded(outcome.value),
            "unit": spec.unit,
            "better": spec.better,
            "goal": spec.goal,
            "met": self.met,
            "p99": rounded(outcome.p99),
            "p99_goal": spec.p99_goal,
            "measured": outcome.measured.to_json() if outcome.measured else None,
            "baseline": outcome.baseline.to_json() if outcome.baseline else None,
        }
        if outcome.parts:
            told["parts"] = [part.to_json() for part in outcome.parts]
        return told | {key: text for key in ("absent", "note") if (text := getattr(outcome, key))}


def against(
    measured: Measurement,
    baseline: Measurement,
    note: str = "",
    details: Sequence[Measurement] = (),
) -> Outcome:
    """Returns the outcome of a figure that is a ratio of two medians."""
    return Outcome(
        value=ratio(measured, baseline),
        p99=p99_ratio(measured, baseline),
        measured=measured,
        baseline=baseline,
        note=note,
        details=list(details),
    )
