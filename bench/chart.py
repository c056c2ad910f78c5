"""Draws a report: every figure as a bar, by how far it is from its goal.

    .carrel/images/data-science/bin/python bench/chart.py latest.json latest.png

Run by the image's Python, which has matplotlib; it imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

MET, MISSED, ABSENT = "#2a7f62", "#c8553d", "#8a8f98"
INK, FAINT = "#22262b", "#e3e5e8"
SIGN = {"lower": "≤", "higher": "≥"}
# What bars may span; one that is longer is cut, and its number tells the truth.
SHORTEST, LONGEST = 0.02, 200.0


def number(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def distance(figure: dict[str, Any]) -> float | None:
    """How many times the goal: up to 1 it is met, whichever way is better."""
    value, goal = figure["value"], figure["goal"]
    if value is None:
        return None
    if goal == 0:
        return SHORTEST if value <= 0 else LONGEST
    times = value / goal if figure["better"] == "lower" else goal / max(value, 1e-9)
    return min(max(times, SHORTEST * 1.15), LONGEST)


def label(figure: dict[str, Any]) -> str:
    """The numbers beside a bar."""
    if figure["value"] is None:
        return f"absent: {figure['absent']}"
    p99 = "" if figure["p99"] is None else f", p99 {number(figure['p99'])}"
    goal = f"{SIGN[figure['better']]} {number(figure['goal'])}"
    if figure["p99_goal"] is not None:
        goal += f", p99 {SIGN[figure['better']]} {number(figure['p99_goal'])}"
    missed = [part["name"] for part in figure.get("parts", []) if part["met"] is False]
    hint = f"; missed: {', '.join(missed)}" if missed and len(missed) < 3 else ""
    return f"{number(figure['value'])}{p99} {figure['unit']}  (goal {goal}{hint})"


def colour(figure: dict[str, Any]) -> str:
    """By whether the goal is met."""
    return {True: MET, False: MISSED, None: ABSENT}[figure["met"]]


def draw_bars(axes: Axes, figures: list[dict[str, Any]]) -> None:
    """A bar from the goal line's far side for each figure, with its name above."""
    for row, figure in enumerate(figures):
        times = distance(figure)
        name = f"{figure['id']}   {figure['name']}"
        axes.text(SHORTEST, row - 0.33, name, va="bottom", fontsize=9.5, color=INK, weight="medium")
        if times is not None:
            axes.barh(row, times - SHORTEST, left=SHORTEST, height=0.42, color=colour(figure))
        start = SHORTEST if times is None else times
        axes.text(start * 1.05, row, label(figure), va="center", fontsize=8.5, color=colour(figure))


def decorate(axes: Axes, report: dict[str, Any], rows: int) -> None:
    """Goal line, scale, and where it ran."""
    machine = report["machine"]
    axes.set_xscale("log")
    axes.set_xlim(SHORTEST, LONGEST * 60)
    axes.set_ylim(rows - 0.4, -0.9)
    axes.axvline(1, color=INK, linewidth=1.2)
    axes.text(1, -0.75, " goal", fontsize=9, color=INK, weight="bold", va="center")
    axes.set_yticks([])
    ticks = [0.1, 1, 10, 100]
    axes.set_xticks(ticks, ["10 × better", "goal", "10 × short of it", "100 × short of it"])
    axes.minorticks_off()
    axes.tick_params(axis="x", colors=INK, labelsize=8.5, length=3)
    axes.grid(axis="x", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    quick = ", --quick" if machine.get("quick") else ""
    axes.set_title(
        f"Carrel {machine['carrel_version']}: distance from the goals, shorter is better\n",
        loc="left", fontsize=13, color=INK, weight="bold",
    )  # fmt: skip
    axes.text(
        0, 1.005,
        f"{machine['time'][:16]} UTC{quick} · {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB · {machine['kernel']} · load {machine['load_before']}",
        transform=axes.transAxes, fontsize=8.5, color="#5b616a",
    )  # fmt: skip


def draw(report: dict[str, Any], target: Path) -> None:
    """Writes the PNG."""
    asked = [figure for figure in report["figures"] if figure.get("absent") != report["not_asked"]]
    plt.rcParams["font.family"] = ["DejaVu Sans"]
    figure, axes = plt.subplots(figsize=(10.5, 1.6 + 0.62 * len(asked)), layout="constrained")
    draw_bars(axes, asked)
    decorate(axes, report, len(asked))
    figure.savefig(target, dpi=130, facecolor="white")


def main() -> None:
    """Draws the report given first into the file given second."""
    source, target = map(Path, sys.argv[1:3])
    draw(json.loads(source.read_text()), target)


if __name__ == "__main__":
    main()
