"""The benchmark's evaluation of its samples."""

from __future__ import annotations

import json
import os
import random
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, cast

import pytest

from bench import churn, memory, neighbours, processes, run, worst
from bench.against import Comparison, compare_figure, comparison_table, in_turns
from bench.caller import CANCEL, CELL, GET, UPLOAD
from bench.comparison import Row
from bench.context import Bench
from bench.driver import BenchError
from bench.figures import SPECS, STAGES
from bench.measurement import Figure, Outcome, Part, Spec, against, measurement, quantile
from bench.peers.kinds import IMAGE_PYTHON, PLAIN, Peer, peers
from bench.peers.line_worker import LineWorker
from bench.table import figures_table

pytestmark = pytest.mark.lanes("native")

LOWER = Spec("x", "name", "ratio", "lower", 2, 8)


def test_quantiles_are_samples() -> None:
    assert quantile([3, 1, 2, 4], 0.5) == 2
    assert quantile(list(range(1, 101)), 0.99) == 99
    assert quantile([7], 0.99) == 7


def test_few_samples_have_no_p99() -> None:
    assert measurement("m", [1.0] * 19).p99 is None
    assert measurement("m", [1.0] * 20).p99 == 1


def test_a_ratio_is_of_medians_and_its_p99_is_against_the_median_too() -> None:
    bare = measurement("bare", [1.0, 2.0, 100.0])
    outcome = against(measurement("m", [4.0] * 98 + [10.0] * 2), bare)
    assert (outcome.value, outcome.p99) == (2, 5)
    assert Figure(LOWER, outcome).met is True


@pytest.mark.parametrize(
    ("outcome", "met"),
    [
        (Outcome(value=2), True),
        (Outcome(value=2.01), False),
        (Outcome(value=1, p99=9), False),
        (Outcome(value=1, parts=(Part("p", 1.1, goal=1),)), False),
        (Outcome(value=1, parts=(Part("p", 1.1), Part("q", 3, goal=2, better="higher"))), True),
        (Outcome(absent="why"), None),
    ],
)
def test_a_figure_is_met_if_everything_with_a_goal_is(outcome: Outcome, met: bool | None) -> None:
    assert Figure(LOWER, outcome).met is met


def test_every_figure_has_what_measures_it() -> None:
    measured = [key for stage in STAGES for key in stage.measures]
    assert [spec.id for spec in SPECS] == list("abcdefghijklmno") == sorted(measured)


def test_the_report_has_all_figures_and_says_which_are_absent() -> None:
    figures = [Figure(spec, Outcome(absent="why")) for spec in SPECS]
    figures[0] = Figure(SPECS[0], against(measurement("m", [3.0]), measurement("bare", [2.0])))
    told = json.loads(json.dumps(run.report({}, figures, [Row("peer", {}, "not installed")])))
    assert [figure["id"] for figure in told["figures"]] == list("abcdefghijklmno")
    first, second = told["figures"][:2]
    assert (first["value"], first["met"], first["baseline"]["median"]) == (1.5, True, 2)
    assert (second["value"], second["met"], second["absent"]) == (None, None, "why")
    assert told["peers"] == [{"name": "peer", "absent": "not installed"}]


def test_a_group_stands_for_its_figures() -> None:
    assert run.parse(["--only", "b,hostile"]).only == ["b", "m", "n", "o"]


def rounds(unit: str, *medians: float) -> tuple[Outcome, ...]:
    return tuple(Outcome(measured=measurement("m", [median], unit)) for median in medians)


@pytest.mark.parametrize(
    ("unit", "before", "now", "verdict"),
    [
        ("ms", (1.0, 1.01), (0.9, 0.9), "better"),
        ("ms", (1.0, 1.01), (1.1, 1.1), "worse"),
        ("ms", (1.0, 1.2), (1.1, 1.3), "same"),  # They differ by less than two runs of one build.
        ("ms", (1.0, 1.0), (1.01, 1.01), "same"),
        ("MB/s", (100.0, 101.0), (80.0, 80.0), "worse"),
        ("/s", (100.0, 101.0), (120.0, 120.0), "better"),
    ],
)
def test_worse_than_another_checkout_is_by_more_than_noise(
    unit: str, before: tuple[float, ...], now: tuple[float, ...], verdict: str
) -> None:
    assert Comparison(LOWER, rounds(unit, *before), rounds(unit, *now)).verdict == verdict


def test_checkouts_are_measured_in_turns_and_compared_round_by_round() -> None:
    order: list[str] = []

    def measure(bench: Any) -> Outcome:
        order.append(bench)
        return rounds("ms", {"before": 4.0, "now": 2.0}[bench] * len(order))[0]

    before, now = in_turns(measure, cast(Bench, "before"), cast(Bench, "now"), 3)
    assert order == ["before", "now", "now", "before", "before", "now"]
    comparison = Comparison(LOWER, before, now)
    assert comparison.ratios == [4 / 4, 6 / 16, 12 / 20]
    assert comparison.ratio == 0.6
    assert "0.6" in comparison_table([comparison])


def test_a_figure_that_one_checkout_lacks_is_not_compared() -> None:
    comparison = Comparison(LOWER, (Outcome(absent="failed: why"),), rounds("ms", 1.0))
    assert comparison.to_json()["absent"] == "failed: why"
    assert "failed: why" in comparison_table([comparison])


def looks(memory_kib: list[float], **counts: float) -> list[churn.Look]:
    return [{churn.MEMORY: kib} | counts for kib in memory_kib]


def grown(seen: list[churn.Look], sessions: int) -> list[str]:
    return [part.name for part in churn.judge(seen, sessions) if not part.met]


def test_an_allocators_noise_is_no_growth_but_a_leak_is() -> None:
    noise = random.Random(1)
    steady = [100_000 + noise.uniform(-1500, 1500) for _ in range(20)]
    assert grown(looks(steady, fds=7), 16_000) == []
    steady[-1] += 50_000  # One sample is an outlier.
    assert grown(looks(steady, fds=7), 16_000) == []
    # The leak is 200 B a session.
    leak = [kib + 200 * 800 / 1024 * index for index, kib in enumerate(steady)]
    assert len(grown(looks(leak, fds=7), 16_000)) == 1


def test_one_descriptor_more_is_growth() -> None:
    seen = looks([1000.0] * 5, fds=7)
    seen[-1]["fds"] = 8
    assert grown(seen, 100) == ["fds"]


def test_drift_is_taken_out_of_memory() -> None:
    def reading(available: float, kinds: float) -> memory.Reading:
        return {memory.AVAILABLE: available, "kinds": kinds}

    costs = memory.Costs()
    costs.add(reading(9e6, 1e6), reading(9e6 - 20 * 1024 - 500, 1e6 + 20 * 1024 + 500),
              reading(9e6 - 1000, 1e6 + 1000), 10)  # fmt: skip
    assert costs.mib(memory.AVAILABLE) == costs.mib("kinds") == (2,)
    assert not costs.is_disturbed


def test_a_worker_runs_cells_in_one_namespace_and_tells_errors() -> None:
    with LineWorker(PLAIN) as worker:
        worker.first("x = 20")
        assert worker.run("assert x == 20; print(x)") > 0
        with pytest.raises(BenchError, match="NameError"):
            worker.run("y")
        assert worker.run("print('\\n' * 70000)") > 0
    with pytest.raises(BenchError, match="ended"):
        LineWorker(["/usr/bin/true"]).first("1")


def test_a_peer_that_is_not_installed_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    by_name: dict[str, Peer] = {peer.name: peer for peer in peers()}
    assert not by_name["plain CPython, no sandbox"].absent
    assert "not installed" in by_name["bwrap python3"].absent


def made_up(spec: Spec) -> Figure:
    value: dict[str, Any] = {"a": 0.5, "c": 250, "d": 1e6, "k": 2, "l": 0}
    if spec.id not in value:
        return Figure(spec, Outcome(absent="not installed"))
    return Figure(spec, Outcome(value=value[spec.id], parts=(Part("p", 1, goal=0),)))


def test_chart_and_table_take_any_figure(tmp_path: Path) -> None:
    figures = [made_up(spec) for spec in SPECS]
    assert "not installed" in figures_table(figures)
    where = {"time": "2026-01-01T00:00:00", "carrel_version": "0"}
    where |= dict.fromkeys(("cpu", "cores", "memory_gib", "kernel", "load_before", "load_after"), 1)
    source, target = tmp_path / "report.json", tmp_path / "report.png"
    source.write_text(json.dumps(run.report(where, figures, [])))
    subprocess.run([IMAGE_PYTHON, str(run.CHART), str(source), str(target)], check=True)
    assert target.read_bytes().startswith(b"\x89PNG")


ROWS = {
    "alone": {GET: [1.0], CELL: [2.0], UPLOAD: [10.0], CANCEL: [1.0]},
    "forks": {GET: [2.0], CELL: [2.0], UPLOAD: [90.0], CANCEL: [100.0]},
    "loops": {GET: [60.0], CELL: [3.0], UPLOAD: [10.0], CANCEL: [1.0]},
}


def test_each_row_of_guests_is_judged_by_its_worst_ratio_and_by_get() -> None:
    parts = neighbours.parts_of(ROWS)
    assert [(part.name.partition(":")[0], part.value, part.met) for part in parts] == [
        ("forks", 2, True),
        ("forks", 9, False),
        ("loops", 60, False),
        ("loops", 60, False),
    ]
    assert UPLOAD in parts[1].name
    assert GET in parts[3].name


def test_guests_are_compared_row_by_row() -> None:
    spec = Spec("m", "figure", "ratio", "lower", 3)
    faster = {name: {kind: [v / 2 for v in taken] for kind, taken in row.items()}
              for name, row in ROWS.items()}  # fmt: skip
    before = Outcome(value=1, compared=neighbours.p99s_of(ROWS))
    now = Outcome(value=1, compared=neighbours.p99s_of(faster))
    compared = compare_figure(spec, (before, before), (now, now))
    assert len(compared) == len(ROWS) * 4
    assert {one.ratio for one in compared} == {0.5}
    assert compared[0].spec.name == f"alone: {GET}, p99"
    failed = compare_figure(spec, (Outcome(absent="why"),), (now,))
    assert [one.absent for one in failed] == ["why"]


@pytest.mark.parametrize("row", [*worst.ONCE_SEEN, *worst.OTHERS], ids=lambda row: row.name)
def test_what_guests_do_is_a_program(row: worst.Row) -> None:
    compile(row.code, row.name, "exec")
    compile(row.again, row.name, "exec")


def test_the_time_of_a_process_is_that_of_its_threads_of_its_own_niceness() -> None:
    spent = [0]

    def work(niceness: int) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
        begun = time.thread_time_ns()
        while time.thread_time_ns() - begun < 50_000_000:
            pass
        spent.append(sum(processes.cpu_nanoseconds(os.getpid()).values()))

    for niceness in (0, 19):
        spent[0] = sum(processes.cpu_nanoseconds(os.getpid()).values())
        thread = threading.Thread(target=work, args=(niceness,))
        thread.start()
        thread.join()
    of_its_own = processes.cpu_nanoseconds(os.getpid())
    assert os.getpid() in of_its_own
    assert spent[2] - spent[0] < 50_000_000
