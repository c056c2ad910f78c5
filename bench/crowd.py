"""Figures i and j: thousands of live sessions, and many working at once."""

from __future__ import annotations

from bench.context import IMAGE, Bench
from bench.measurement import Outcome, Part, measurement, ratio
from bench.memory import that_fit
from bench.peers import jupyter

GOAL_I = 1.5
FEW = 10
SESSIONS_J = 64
KERNELS_J = 8
PRINT = "print(1+1)"


def live_sessions(bench: Bench) -> Outcome:
    """Measures figure i: its value is the worse of both. If memory is short, there are fewer
    sessions.
    """
    wanted = bench.pick(4000, 300)
    many = that_fit(bench, wanted)
    report = bench.driver.run(
        "crowd",
        image=IMAGE,
        few=FEW,
        sessions=many,
        iterations=bench.pick(200, 60),
        timeout=1800,
    )
    rows, parts = [], []
    for name, key in (("CreateSession", "create"), ("print(1+1)", "cell")):
        with_few = measurement(f"{name}, {FEW} live sessions", report.series[f"few_{key}"])
        with_many = measurement(f"{name}, {many} live sessions", report.series[f"many_{key}"])
        rows += [with_few, with_many]
        parts.append(Part(name, ratio(with_many, with_few), goal=GOAL_I))
    live = Part("live sessions", many, "sessions", goal=wanted, better="higher")
    worse = max((0, 1), key=lambda index: parts[index].value)
    return Outcome(
        value=parts[worse].value,
        measured=rows[2 * worse + 1],
        baseline=rows[2 * worse],
        parts=(*parts, live),
        note=f"opened {many} sessions, each with a cell, in {report.facts['open_seconds']:.0f} s",
        details=rows,
    )


def cell_rate(bench: Bench) -> Outcome:
    """Measures figure j."""
    seconds, count = bench.pick(5, 2), bench.pick(3, 2)
    report = bench.driver.run(
        "rate", image=IMAGE, sessions=SESSIONS_J, seconds=seconds, iterations=count
    )
    measured = measurement(
        f"cells per second over {SESSIONS_J} sessions", report.series["cells per second"], "/s"
    )
    if absent := jupyter.why_absent():
        return Outcome(measured=measured, absent=absent, details=[measured])
    rates = jupyter.cells_per_second(PRINT, KERNELS_J, seconds, count)
    kernels = measurement(f"cells per second over {KERNELS_J} Jupyter kernels", rates, "/s")
    return Outcome(
        value=ratio(measured, kernels),
        measured=measured,
        baseline=kernels,
        details=[measured, kernels],
    )
