"""The benchmark as ./dev bench runs it: it measures and reports; no speed is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from carrel import Client
from carrel.testing import REPOSITORY, LocalServer
from support import PATIENCE, eventually

from bench.context import Bench
from bench.driver import Driver, bench_binary
from bench.guests import Guests
from bench.worst import ONCE_SEEN, Row

pytestmark = pytest.mark.lanes("native")


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.run", *arguments]
    return subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=2 * PATIENCE, check=False
    )


@pytest.mark.skipif(not bench_binary().is_file(), reason="carrel-bench was not built")
def test_quick_run_of_one_figure(tmp_path: Path) -> None:
    report = tmp_path / "new" / "report.json"
    done = bench("--quick", "--only", "b", "--details", "--json", str(report))
    assert done.returncode == 0, done.stderr
    figures = {figure["id"]: figure for figure in json.loads(report.read_text())["figures"]}
    assert "".join(figures) == "abcdefghijklmno"
    assert figures["b"]["value"] > 0
    assert figures["b"]["measured"]["count"] == 100
    assert figures["b"]["value"] == pytest.approx(
        figures["b"]["measured"]["median"] / figures["b"]["baseline"]["median"], rel=1e-3
    )
    assert figures["a"]["value"] is None
    assert "--only" in figures["a"]["absent"]
    assert "`started` to `stdout`" in done.stdout
    assert report.with_suffix(".png").is_file()


@pytest.mark.parametrize("row", [row for row in ONCE_SEEN if row.again], ids=lambda row: row.name)
def test_guests_go_on_until_they_are_deleted(server: LocalServer, client: Client, row: Row) -> None:
    bench_of_it = Bench(server, client, Driver(server.address, "", ""), quick=True, details=False)
    before = {session.id for session in client.sessions()}
    with Guests(bench_of_it, row) as guests:
        (guest,) = [one for one in client.sessions() if one.id not in before]
        eventually(lambda: len(list(guest.executions())) > 3, "cells come again and again")
        assert guests.stopped() == []
    assert {session.id for session in client.sessions()} == before


def test_unknown_figure_is_refused() -> None:
    done = bench("--only", "b,z")
    assert done.returncode == 2
    assert "no figure z" in done.stderr
