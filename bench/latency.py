"""Figures a, b and c: opening a session, a warm cell, the first result."""

from __future__ import annotations

from dataclasses import replace

from bench.context import IMAGE, Bench
from bench.driver import Report
from bench.measurement import Measurement, Outcome, against, measurement
from bench.peers import jupyter

PANDAS = 'import pandas as pd; print(pd.DataFrame({"a":[1,2]}).sum())'
MINIMAL = "minimal"
IN_A_ROW = "unary_in_a_row"
# Intervals of a warm cell; the server and the caller read the same clock.
STATIONS = {
    "first_stdout": "call to first stdout at the caller",
    "to_started": "call to `started` in the server",
    "to_stdout": "`started` to `stdout` in the server",
    "to_finished": "`stdout` to `finished` in the server",
    "to_caller": "`finished` to the caller's status",
    "cpu": "CPU time of the session, by Usage",
}


def _pool(report: Report) -> str:
    """Describes whether the pool was full."""
    level, misses = int(report.facts["pool_level"]), int(report.facts["pool_misses"])
    if level == 0:
        return "no pool of warm interpreters in this carreld"
    missed = f"; {misses} times it was not full in time" if misses else ""
    return f"pool full ({level} warm interpreters) before each sample{missed}"


def _create_rows(image: str, report: Report) -> list[Measurement]:
    names = {
        "create": "CreateSession",
        "create_cold": "CreateSession past the pool (other limits)",
        "first_cell": "print(1+1), first cell",
        "second_cell": "print(1+1), second cell",
        "delete": "DeleteSession",
    }
    return [measurement(f"{image}: {name}", report.series[key]) for key, name in names.items()]


def create(bench: Bench) -> Outcome:
    """Measures figure a."""
    iterations = bench.pick(200, 40)
    report = bench.driver.run("create", image=IMAGE, iterations=iterations)
    rows = _create_rows(IMAGE, report)
    if bench.details:
        few = bench.driver.run("create", image=MINIMAL, iterations=iterations // 2)
        rows += _create_rows(MINIMAL, few)
    bare = measurement("bare unary call", report.series["unary"])
    in_a_row = measurement("bare unary calls, one right after the other", report.series[IN_A_ROW])
    return against(rows[0], bare, _pool(report), [bare, in_a_row, *rows])


def _cell_rows(image: str, report: Report) -> list[Measurement]:
    rows = [measurement(f"{image}: print(1+1), warm", report.series["cell"])]
    for key, name in STATIONS.items():
        rows.append(replace(measurement(name, report.series[key]), is_part=True))
    return rows


def warm_cell(bench: Bench) -> Outcome:
    """Measures figure b."""
    iterations = bench.pick(600, 100)
    report = bench.driver.run("warm_cell", image=IMAGE, iterations=iterations)
    rows = _cell_rows(IMAGE, report)
    if bench.details:
        rows += _cell_rows(
            MINIMAL, bench.driver.run("warm_cell", image=MINIMAL, iterations=iterations // 2)
        )
    bare = measurement("bare 3-message server stream", report.series["stream"])
    return against(rows[0], bare, details=[bare, *rows])


def first_result(bench: Bench) -> Outcome:
    """Measures figure c."""
    report = bench.driver.run(
        "first_result", image=IMAGE, code=PANDAS, iterations=bench.pick(60, 20)
    )
    measured = measurement("CreateSession to first pandas result", report.series["first_result"])
    rows = [
        measured,
        measurement("CreateSession to first pandas output", report.series["first_stdout"]),
        replace(measurement("the pandas cell", report.series["first_cell"]), is_part=True),
        replace(measurement("it again", report.series["second_cell"]), is_part=True),
    ]
    absent = jupyter.why_absent()
    if absent:
        return Outcome(measured=measured, absent=absent, note=_pool(report), details=rows)
    samples = jupyter.first_results(PANDAS, bench.pick(8, 3))
    kernel = measurement("Jupyter kernel to first pandas result", samples)
    value = kernel.median / measured.median
    return Outcome(
        value=value, measured=measured, baseline=kernel, note=_pool(report), details=[*rows, kernel]
    )
