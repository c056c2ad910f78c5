"""Draws a report: every figure as a bar, by how far it is from its goal.

    .carrel/images/data-science/bin/python bench/chart.py latest.json latest.png

It is run by the image's Python, which has matplotlib, and imports no module of Carrel.
"""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

MET, MISSED, ABSENT = "#2a7f62", "#c8553d", "#8a8f98"
INK, FAINT = "#22262b", "#e3e5e8"
SIGN = {"lower": "≤", "higher": "≥"}
# The range of the bars; a longer one is cut, but its number is exact.
SHORTEST, LONGEST = 0.02, 200.0


def number(value: float) -> str:
    """Returns three significant digits, or all digits before the point."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def is_left_out(figure: dict[str, Any]) -> bool:
    """Returns whether the figure was left out because --only did not name it."""
    return str(figure.get("absent", "")).startswith("not asked")


def distance(figure: dict[str, Any]) -> float | None:
    """Returns the ratio to the goal: up to 1 the goal is met, whichever direction is better."""
    if figure["value"] is None:
        return None
    value, goal = float(figure["value"]), float(figure["goal"])
    if goal == 0:
        return SHORTEST * 1.6 if value <= 0 else LONGEST
    times = value / goal if figure["better"] == "lower" else goal / max(value, 1e-9)
    return min(max(times, SHORTEST * 1.6), LONGEST)


def with_unit(value: float, unit: str) -> str:
    """Formats a value with its unit; a ratio gets a multiplication sign."""
    return f"{number(value)} ×" if unit == "ratio" else f"{number(value)} {unit}"


def goal_text(figure: dict[str, Any]) -> str:
    """Formats the goal."""
    sign = SIGN[figure["better"]]
    p99 = figure["p99_goal"]
    return f"goal {sign} {number(figure['goal'])}" + (
        "" if p99 is None else f", p99 {sign} {number(p99)}"
    )


def label(figure: dict[str, Any]) -> str:
    """Returns the text beside a bar."""
    if figure["value"] is None:
        return f"{figure['absent']}\n{goal_text(figure)}"
    p99 = "" if figure["p99"] is None else f", p99 {number(figure['p99'])}"
    missed = [part["name"] for part in figure.get("parts", []) if part["met"] is False]
    hint = f"; missed: {', '.join(missed)}" if 0 < len(missed) < 3 else ""
    return f"{with_unit(figure['value'], figure['unit'])}{p99}\n{goal_text(figure)}{hint}"


def colour(figure: dict[str, Any]) -> str:
    """Returns the colour that shows whether the goal is met."""
    return {True: MET, False: MISSED, None: ABSENT}[figure["met"]]


def draw_bars(axes: Axes, figures: list[dict[str, Any]]) -> None:
    """Draws a bar for each figure, from the left, with its numbers at its end."""
    for row, figure in enumerate(figures):
        times = distance(figure)
        if times is not None:
            axes.barh(row, times - SHORTEST, left=SHORTEST, height=0.5, color=colour(figure))
        axes.text(
            max(times or 1, 1) * 1.08,  # right of the goal line, which would cross them
            row,
            label(figure),
            va="center",
            fontsize=8.5,
            color=colour(figure),
            linespacing=1.3,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    names = [f"{figure['id']}  {textwrap.fill(figure['name'], 38)}" for figure in figures]
    axes.set_yticks(range(len(figures)), names, fontsize=9.5, color=INK)
    axes.tick_params(axis="y", length=0, pad=8)


def decorate(axes: Axes, rows: int) -> None:
    """Draws the goal line, the scale and the legend."""
    axes.set_xscale("log")
    axes.set_xlim(SHORTEST, LONGEST * 40)
    axes.set_ylim(rows - 0.4, -0.6)
    axes.axvline(1, color=INK, linewidth=1.3, zorder=3)
    axes.set_xticks(
        [0.1, 1, 10, 100],
        ["10 times\nbetter", "goal", "10 times\nshort of it", "100 times\nshort of it"],
    )
    axes.minorticks_off()
    axes.tick_params(axis="x", colors=INK, labelsize=8.5, length=0, pad=6)
    axes.grid(axis="x", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_color(FAINT)
    patches = [
        Patch(color=shade, label=text)
        for shade, text in ((MET, "met"), (MISSED, "not met"), (ABSENT, "not measured"))
    ]
    axes.legend(
        handles=patches,
        loc="lower right",
        bbox_to_anchor=(1, 1),
        fontsize=8.5,
        frameon=False,
        ncols=3,
    )


def head(figure: Figure, report: dict[str, Any]) -> None:
    """Draws the title, and the machine's description."""
    machine = report["machine"]
    quick = " (--quick)" if machine.get("quick") else ""
    inches = figure.get_figheight()
    figure.text(
        0.015, 1 - 0.32 / inches,
        f"Carrel {machine['carrel_version']}: how far from its goals{quick}",
        fontsize=14, color=INK, weight="bold",
    )  # fmt: skip
    figure.text(
        0.015, 1 - 0.56 / inches,
        f"{machine['time'][:16].replace('T', ' ')} UTC · {machine['cpu']}, {machine['cores']} "
        f"cores, {machine['memory_gib']} GiB · {machine['kernel']} · load {machine['load_before']}"
        f" before, {machine['load_after']} after",
        fontsize=8.5, color="#5b616a",
    )  # fmt: skip


def draw(report: dict[str, Any], target: Path) -> None:
    """Writes the PNG."""
    asked = [figure for figure in report["figures"] if not is_left_out(figure)]
    plt.rcParams["font.family"] = ["DejaVu Sans"]
    height = 1.9 + 0.55 * len(asked)
    figure, axes = plt.subplots(figsize=(11, height))
    figure.subplots_adjust(left=0.29, right=0.985, top=1 - 0.8 / height, bottom=0.75 / height)
    draw_bars(axes, asked)
    decorate(axes, len(asked))
    head(figure, report)
    figure.savefig(target, dpi=130, facecolor="white")
    plt.close(figure)


def main() -> None:
    """Draws the report given first into the file given second."""
    source, target = map(Path, sys.argv[1:3])
    draw(json.loads(source.read_text()), target)


if __name__ == "__main__":
    main()
