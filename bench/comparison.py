"""The peers table: a session beside its alternatives.

All are driven by one Python program that waits for each answer, and run the same cells: carreld
through the Python client, the others through pipes or jupyter_client.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from dataclasses import dataclass
from typing import Any

from bench.context import IMAGE, Bench, say
from bench.driver import BenchError
from bench.latency import PANDAS
from bench.measurement import Measurement, measurement
from bench.memory import open_sessions, private
from bench.peers.kinds import Peer, environment, peers
from bench.peers.line_worker import CellError, LineWorker
from bench.plain import run_in_session
from bench.table import grid, number

PRINT = "print(1+1)"
COLUMNS = {"start": "ms", "pandas": "ms", "warm": "ms", "memory": "MiB"}
# Seconds for a pool to fill up again.
REST_SECONDS = 1.5
HEAD = ["", "start and print(1+1)", "first pandas cell", "warm print(1+1)", "memory of one"]


@dataclass(frozen=True)
class Row:
    """One way to run Python, by columns; `absent` gives the reason if there are none."""

    name: str
    columns: dict[str, Measurement]
    absent: str = ""

    def to_json(self) -> dict[str, Any]:
        """Returns the row as it is in bench/results/latest.json."""
        told: dict[str, Any] = {"name": self.name}
        told |= {name: self.columns[name].to_json() for name in COLUMNS if name in self.columns}
        return told | ({"absent": self.absent} if self.absent else {})

    def cells(self) -> list[str]:
        """Returns the row as it is in the table."""
        if self.absent:
            return [self.name, self.absent]
        return [
            self.name,
            *(
                f"{number(self.columns[key].median)} {unit}" if key in self.columns else "failed"
                for key, unit in COLUMNS.items()
            ),
        ]


class Samples:
    """Samples of consecutive instances."""

    def __init__(self) -> None:
        self._samples: dict[str, list[float]] = {}

    def add(self, column: str, value: float) -> None:
        """Adds a sample."""
        self._samples.setdefault(column, []).append(value)

    def row(self, name: str) -> Row:
        """Returns the row of all samples."""
        columns = {
            key: measurement(f"{name}: {key}", values, COLUMNS[key])
            for key, values in self._samples.items()
        }
        return Row(name, columns)


def carrel_row(bench: Bench) -> Row:
    """Measures sessions."""
    samples = Samples()
    for _ in range(bench.pick(15, 4)):
        begun = time.perf_counter()
        with bench.client.create_session(IMAGE) as session:
            run_in_session(session, PRINT)
            samples.add("start", 1000 * (time.perf_counter() - begun))
            samples.add("pandas", run_in_session(session, PANDAS))
            for _ in range(10):
                samples.add("warm", run_in_session(session, PRINT))

    count = bench.pick(40, 20)
    time.sleep(REST_SECONDS)
    before = private(bench)
    sessions = open_sessions(bench, count, PANDAS)
    time.sleep(REST_SECONDS)
    samples.add("memory", (private(bench) - before) / count / 1024)
    for session in sessions:
        session.delete()
    return samples.row("Carrel session")


def peer_row(peer: Peer, bench: Bench, folder: str) -> Row:
    """Measures a peer, if it is installed and works."""
    if peer.absent:
        return Row(peer.name, {}, peer.absent)
    variables = environment() | {"MPLCONFIGDIR": folder}

    def start() -> LineWorker:
        return LineWorker(peer.command, environment=variables)

    samples = Samples()
    try:
        for _ in range(bench.pick(7, 2)):
            with start() as worker:
                samples.add("start", worker.first(PRINT))
                with contextlib.suppress(CellError):  # The peer may lack pandas.
                    samples.add("pandas", worker.run(PANDAS))
                for _ in range(10):
                    samples.add("warm", worker.run(PRINT))
                samples.add("memory", worker.private_kib() / 1024)
    except BenchError as error:
        return Row(peer.name, {}, f"failed: {error}")
    return samples.row(peer.name)


def compare(bench: Bench) -> list[Row]:
    """Returns all rows, Carrel's first."""
    say("peers: what a user would pick instead")
    rows = [carrel_row(bench)]
    with tempfile.TemporaryDirectory() as folder:
        for peer in peers():
            rows.append(peer_row(peer, bench, folder))
            say("      " + ", ".join(rows[-1].cells()))
    return rows


def peers_table(rows: list[Row]) -> str:
    """Formats the rows for the terminal."""
    return grid(HEAD, [row.cells() for row in rows])
