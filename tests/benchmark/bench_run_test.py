"""The benchmark as ./dev bench runs it: that it measures and tells, never how fast."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from carrel.testing import REPOSITORY
from support import PATIENCE

from bench.driver import bench_binary

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
    assert "".join(figures) == "abcdefghijkl"
    assert figures["b"]["value"] > 0
    assert figures["b"]["measured"]["count"] == 100
    assert figures["b"]["value"] == pytest.approx(
        figures["b"]["measured"]["median"] / figures["b"]["baseline"]["median"], rel=1e-3
    )
    assert figures["a"]["value"] is None
    assert "--only" in figures["a"]["absent"]
    assert "`started` to `stdout`" in done.stdout
    assert report.with_suffix(".png").is_file()


def test_unknown_figure_is_refused() -> None:
    done = bench("--only", "b,z")
    assert done.returncode == 2
    assert "no figure z" in done.stderr
