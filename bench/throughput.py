"""Figures f and g: bytes per second of output and of files."""

from __future__ import annotations

from collections import defaultdict

from bench.context import IMAGE, Bench
from bench.measurement import Outcome, Part, measurement, ratio

UNIT = "MB/s"
GOAL_F = 0.5
GOAL_G = 0.7


def output(bench: Bench) -> Outcome:
    """Measures figure f.

    Several callers are measured one after the other: the CPUs on which the scheduler places a
    caller and its sender can make a stream twice as fast as another, for as long as they live.
    """
    callers, count = bench.pick(5, 1), bench.pick(15, 5)
    series: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(callers):
        report = bench.driver.run("output", image=IMAGE, iterations=count)
        for name, samples in report.series.items():
            series[name] += samples
    rows, parts = [], []
    for name, key in (("prints of 32 KiB", "large"), ("lines of 1 KiB", "small")):
        measured = measurement(f"stdout, {name}", series[f"{key} stdout MB/s"], UNIT)
        bare = measurement(f"bare stream, {name}", series[f"{key} stream MB/s"], UNIT)
        rows += [bare, measured]
        parts.append(Part(name, ratio(measured, bare), goal=GOAL_F, better="higher"))
    events, size = report.facts["events"], report.facts["event_bytes"]
    joined = measurement(
        f"bare stream, those lines as {events:.0f} × {size:.0f} B",
        series["joined stream MB/s"],
        UNIT,
    )
    worse = min(range(len(parts)), key=lambda index: parts[index].value)
    return Outcome(
        value=parts[worse].value,
        measured=rows[2 * worse + 1],
        baseline=rows[2 * worse],
        parts=tuple(parts),
        note=f"lines against messages as carreld joins them: {ratio(rows[3], joined):.2f}",
        details=[*rows, joined],
    )


def files(bench: Bench) -> Outcome:
    """Measures figure g: its value is the worse of the two."""
    size = bench.pick(1024, 128)
    report = bench.driver.run(
        "files", image=IMAGE, file_mib=size, iterations=bench.pick(6, 4), timeout=900
    )
    rows, parts = [], []
    for name, key, bare_key in (("WriteFile", "write", "upload"), ("ReadFile", "read", "download")):
        measured = measurement(f"{name}, {size} MiB", report.series[f"{key} MB/s"], UNIT)
        bare = measurement(
            f"bare {bare_key} with SHA-256, {size} MiB", report.series[f"{bare_key} MB/s"], UNIT
        )
        rows += [bare, measured]
        parts.append(Part(name, ratio(measured, bare), goal=GOAL_G, better="higher"))
    worse = min(range(len(parts)), key=lambda index: parts[index].value)
    return Outcome(
        value=parts[worse].value,
        measured=rows[2 * worse + 1],
        baseline=rows[2 * worse],
        parts=tuple(parts),
        details=rows,
    )
