"""Figures d and e: cells in a session, beside the same code in plain CPython.

Both sides are the same interpreter, with the same packages, variables and modules imported, on the
same CPU and at the same priority, and alternate. The difference is the cost of the sandbox and the
service.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from carrel import Session

from bench import cells
from bench.context import IMAGE, Bench
from bench.driver import BenchError
from bench.measurement import Outcome, Part, measurement, ratio
from bench.peers.kinds import PLAIN, environment
from bench.peers.line_worker import LineWorker

CPU_GOAL = 1.02
SYSCALL_GOAL = 1.3
WARM_UPS = 2
WHERE = "import os; print(*os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0))"


def run_in_session(session: Session, code: str) -> float:
    """Returns milliseconds from the call to the end of its stream; a failed cell is an error."""
    started = time.perf_counter()
    result = session.execute(code)
    elapsed = 1000 * (time.perf_counter() - started)
    if not result.succeeded:
        raise BenchError(f"a cell failed: {result.execution.message}")
    return elapsed


def _like_the_session(session: Session) -> str:
    """Returns code that puts a process on the session's CPU, at its priority."""
    *cpus, nice = (int(word) for word in session.execute(WHERE).stdout.split())
    return (
        f"import os; os.sched_setaffinity(0, {set(cpus)})\n"
        f"os.setpriority(os.PRIO_PROCESS, 0, {nice})"
    )


@contextmanager
def pair(bench: Bench) -> Iterator[tuple[Session, LineWorker]]:
    """Yields a session, and a plain interpreter that is prepared in the same way."""
    (image,) = (image for image in bench.client.info().images if image.name == IMAGE)
    imports = "".join(f"import {module}\n" for module in image.preloaded_modules)
    # The file system is the same as that of the session's workspace.
    with tempfile.TemporaryDirectory(dir=bench.server.data_directory.parent) as folder:
        variables = environment() | {"MPLCONFIGDIR": folder, "HOME": folder}
        with bench.client.create_session(IMAGE) as session, \
             LineWorker(PLAIN, folder=folder, environment=variables) as worker:  # fmt: skip
            worker.first(_like_the_session(session) + "\n" + imports)
            yield session, worker


def side_by_side(
    session: Session, worker: LineWorker, code: str, count: int
) -> tuple[list[float], list[float]]:
    """Returns samples of both, taken alternately after warm-up runs."""
    measured, plain = [], []
    for index in range(count + WARM_UPS):
        # The two alternate in going first, since a CPU that was idle is slower.
        if index % 2:
            plain.append(worker.run(code))
        measured.append(run_in_session(session, code))
        if not index % 2:
            plain.append(worker.run(code))
    return measured[WARM_UPS:], plain[WARM_UPS:]


def chart_cell(bench: Bench) -> Outcome:
    """Measures figure d."""
    with pair(bench) as (session, worker):
        run_in_session(session, cells.CSV)
        worker.run(cells.CSV)
        samples, plain_samples = side_by_side(session, worker, cells.CHART, bench.pick(25, 5))
    measured = measurement("CSV, groupby, chart, in a cell", samples)
    plain = measurement("CSV, groupby, chart, plain", plain_samples)
    return Outcome(
        value=ratio(measured, plain), measured=measured, baseline=plain, details=[plain, measured]
    )


def busy_cells(bench: Bench) -> Outcome:
    """Measures figure e: its value is the worst of the kinds that only compute.

    Several sessions and as many plain interpreters are measured: the memory layout makes one
    process faster than the next by 1 or 2 %, for as long as it lives.
    """
    pairs, count = bench.pick(5, 1), bench.pick(7, 3)
    kinds = (
        ("Python", cells.PYTHON, CPU_GOAL),
        ("numpy", cells.NUMPY, CPU_GOAL),
        ("10,000 small files", cells.FILES, SYSCALL_GOAL),
        ("200 subprocesses", cells.SUBPROCESSES, SYSCALL_GOAL),
    )
    in_cells: dict[str, list[float]] = {name: [] for name, _, _ in kinds}
    in_plain: dict[str, list[float]] = {name: [] for name, _, _ in kinds}
    for _ in range(pairs):
        with pair(bench) as (session, worker):
            for name, code, _ in kinds:
                measured, plain = side_by_side(session, worker, code, count)
                in_cells[name] += measured
                in_plain[name] += plain
    parts, rows = [], []
    for name, _, goal in kinds:
        baseline = measurement(f"{name}, plain", in_plain[name])
        cell = measurement(f"{name}, in a cell", in_cells[name])
        parts.append(Part(name, ratio(cell, baseline), goal=goal))
        rows += [baseline, cell]
    worst = max((0, 1), key=lambda index: parts[index].value)
    return Outcome(
        value=parts[worst].value,
        measured=rows[2 * worst + 1],
        baseline=rows[2 * worst],
        parts=tuple(parts),
        note=f"over {pairs} sessions and as many plain interpreters",
        details=rows,
    )
