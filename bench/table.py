"""Formats a run for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.measurement import Figure, Measurement, Part

MET = {True: "met", False: "NOT MET", None: ""}
SIGN = {"lower": "≤", "higher": "≥"}


def number(value: float) -> str:
    """Returns three significant digits, or all digits before the point."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _measured(measurement: Measurement | None) -> str:
    if measurement is None:
        return ""
    p99 = "" if measurement.p99 is None else f" (p99 {number(measurement.p99)})"
    return f"{number(measurement.median)} {measurement.unit}{p99}"


def _goal(goal: float, better: str, p99_goal: float | None = None) -> str:
    p99 = "" if p99_goal is None else f", p99 {SIGN[better]} {number(p99_goal)}"
    return f"{SIGN[better]} {number(goal)}{p99}"


def _value(figure: Figure) -> str:
    outcome = figure.outcome
    if outcome.value is None:
        return "absent"
    p99 = "" if outcome.p99 is None else f", p99 {number(outcome.p99)}"
    return f"{number(outcome.value)}{p99} {figure.spec.unit}"


def _part_row(part: Part) -> list[str]:
    goal = "" if part.goal is None else _goal(part.goal, part.better)
    return ["", f"  {part.name}", f"{number(part.value)} {part.unit}", goal, MET[part.met], "", ""]


def _figure_rows(figure: Figure) -> list[list[str]]:
    spec, outcome = figure.spec, figure.outcome
    rows = [
        [
            spec.id,
            spec.name,
            _value(figure),
            _goal(spec.goal, spec.better, spec.p99_goal),
            MET[figure.met],
            _measured(outcome.measured),
            _measured(outcome.baseline),
        ]
    ]
    rows += [_part_row(part) for part in outcome.parts]
    rows += [["", f"  {text}"] for text in (outcome.absent, outcome.note) if text]
    return rows


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Formats columns no wider than necessary; rows of two cells are remarks, whose width is
    ignored.
    """
    full = [head, *(row for row in rows if len(row) == len(head))]
    widths = [max(len(row[column]) for row in full) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in [head, *rows]
    ]
    return "\n".join(lines) + "\n"


def figures_table(figures: Sequence[Figure]) -> str:
    """Formats the figures, each with its goal."""
    head = ["", "figure", "value", "goal", "", "measured", "baseline"]
    return grid(head, [row for figure in figures for row in _figure_rows(figure)])


def details_table(figures: Sequence[Figure]) -> str:
    """Formats every row behind the figures."""
    rows = []
    for figure in figures:
        for row in figure.outcome.details:
            p99 = "-" if row.p99 is None else number(row.p99)
            rows.append(
                [
                    figure.spec.id,
                    ("  " if row.is_part else "") + row.name,
                    row.unit,
                    str(len(row.samples)),
                    number(min(row.samples)),
                    number(row.median),
                    p99,
                ]
            )
    return grid(["", "detail", "unit", "n", "min", "median", "p99"], rows)


def machine_lines(machine: dict[str, Any]) -> str:
    """Describes the machine of the run, in two lines."""
    return (
        "{time}, carrel {carrel_version}, gRPC {grpc_version}, {transport}\n"
        "{cpu}, {cores} cores, {memory_gib} GiB, {kernel}, {file_system}; "
        "load {load_before} before, {load_after} after\n"
    ).format(**machine)
