"""Measures carreld beside a bare gRPC server, plain CPython and other ways to run Python.

    PYTHONPATH=clients/python/src .carrel/tools/bin/python -m bench.run [--quick] [--only ID]...

`./dev bench` builds and runs this. It leaves nothing behind but its results.
"""

from __future__ import annotations

import argparse
import functools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from carrel.errors import CarrelError
from carrel.testing import REPOSITORY, LocalServerError

from bench import machine, table
from bench.against import Comparison, compare_stage, comparison_table
from bench.comparison import Row, compare, peers_table
from bench.context import Bench, say, started
from bench.driver import BenchError, bench_binary, grpc_version
from bench.figures import GROUPS, SPECS, STAGES, Stage
from bench.measurement import Figure, Outcome
from bench.peers.kinds import IMAGE_PYTHON

RESULTS = REPOSITORY / "bench" / "results" / "latest.json"
NOT_ASKED = "not asked for (--only)"
PEERS = "peers"
IDS = [*(spec.id for spec in SPECS), PEERS]
CHART = Path(__file__).with_name("chart.py")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Returns the options; `only` is the list of ids to measure."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only",
        action="append",
        metavar="ID",
        help="these alone: a,b or repeated; hostile; peers",
    )
    parser.add_argument("--quick", action="store_true", help="fewer samples, smaller crowds")
    parser.add_argument("--details", action="store_true", help="print every row behind the figures")
    parser.add_argument("--json", type=Path, default=RESULTS, help="the report (%(default)s)")
    parser.add_argument(
        "--against", type=Path, metavar="DIR", help="compare with another checkout, which is built"
    )
    parser.add_argument("--rounds", type=int, default=2, help="of --against (%(default)s)")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    if options.against is not None:
        options.against = options.against.resolve()
        if options.json == RESULTS:
            options.json = RESULTS.with_name("against.json")
    words = [word for text in options.only or [",".join(IDS)] for word in text.split(",")]
    options.only = [key for word in words for key in GROUPS.get(word, (word,))]
    unknown = sorted(set(options.only) - set(IDS))
    if unknown:
        parser.error(f"no figure {', '.join(unknown)}; there are {', '.join([*IDS, *GROUPS])}")
    return options


def measure_one(measure: Callable[[Bench], Outcome], bench: Bench) -> Outcome:
    """Measures a figure; if it fails, it is reported as absent, and others are still measured."""
    try:
        return measure(bench)
    except (BenchError, CarrelError, LocalServerError, OSError) as error:
        return Outcome(absent=f"failed: {error}")


def measure_stage(stage: Stage, options: argparse.Namespace) -> dict[str, Outcome]:
    """Measures the requested figures of a stage, on one carreld."""
    names = {spec.id: spec.name for spec in SPECS}
    wanted = [(key, measure) for key, measure in stage.measures.items() if key in options.only]
    outcomes: dict[str, Outcome] = {}
    if not wanted:
        return outcomes
    with started(quick=options.quick, details=options.details, in_memory=stage.in_memory) as bench:
        for key, measure in wanted:
            say(f"{key}  {names[key]}")
            begun = time.monotonic()
            outcomes[key] = measure_one(measure, bench)
            outcome = outcomes[key]
            told = outcome.absent if outcome.value is None else table.number(outcome.value)
            say(f"   {told}  ({time.monotonic() - begun:.0f} s)")
    return outcomes


def measure_all(options: argparse.Namespace) -> tuple[list[Figure], list[Row]]:
    """Returns all figures, including those that were not measured, and the peers."""
    outcomes: dict[str, Outcome] = {}
    for stage in STAGES:
        outcomes |= measure_stage(stage, options)
    figures = [Figure(spec, outcomes.get(spec.id, Outcome(absent=NOT_ASKED))) for spec in SPECS]
    if PEERS not in options.only:
        return figures, []
    with started(quick=options.quick, details=options.details) as bench:
        return figures, compare(bench)


def compare_all(options: argparse.Namespace) -> list[Comparison]:
    """Compares the requested figures with those of the other checkout."""
    specs = {spec.id: spec for spec in SPECS if spec.id in options.only}
    comparisons: list[Comparison] = []
    for stage in STAGES:
        wanted = {
            key: (specs[key], functools.partial(measure_one, measure))
            for key, measure in stage.measures.items()
            if key in specs
        }
        comparisons += compare_stage(
            stage, wanted, options.against, quick=options.quick, rounds=options.rounds
        )
    return comparisons


def report(where: dict[str, Any], figures: list[Figure], rows: list[Row]) -> dict[str, Any]:
    """Returns the content of latest.json."""
    return {
        "machine": where,
        "figures": [figure.to_json() for figure in figures],
        "peers": [row.to_json() for row in rows],
        "details": {
            figure.spec.id: [row.to_json() for row in figure.outcome.details]
            for figure in figures
            if figure.outcome.details
        },
    }


def draw(source: Path) -> Path | None:
    """Draws the chart beside the report; None if the image's Python is missing."""
    target = source.with_suffix(".png")
    if not Path(IMAGE_PYTHON).exists():
        return None
    command = [IMAGE_PYTHON, str(CHART), str(source), str(target)]
    return target if subprocess.run(command, check=False).returncode == 0 else None


def tell(
    options: argparse.Namespace, where: dict[str, Any], figures: list[Figure], rows: list[Row]
) -> None:
    """Prints the tables."""
    asked = [figure for figure in figures if figure.spec.id in options.only]
    say("\n" + table.machine_lines(where))
    if asked:
        say(table.figures_table(asked))
    if rows:
        say(peers_table(rows))
    if options.details and asked:
        say(table.details_table(asked))


def describe_machine(options: argparse.Namespace) -> dict[str, Any]:
    """Describes the machine before the run; `load_after` is added after it."""
    from carrel import __version__

    return machine.describe(tempfile.gettempdir()) | {
        "carrel_version": __version__,
        "grpc_version": grpc_version(),
        "quick": options.quick,
    }


def write(options: argparse.Namespace, told: dict[str, Any]) -> None:
    """Writes the report."""
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def measure(options: argparse.Namespace) -> None:
    """Measures this checkout and reports the figures."""
    where = describe_machine(options)
    figures, rows = measure_all(options)
    where["load_after"] = machine.load_average()
    write(options, report(where, figures, rows))
    tell(options, where, figures, rows)
    chart = draw(options.json)
    say(f"{options.json}" + (f"\n{chart}" if chart else "\nno chart"))


def compare_checkouts(options: argparse.Namespace) -> None:
    """Compares this checkout with another and reports the comparisons."""
    where = describe_machine(options)
    comparisons = compare_all(options)
    where["load_after"] = machine.load_average()
    told = {"machine": where, "against": str(options.against)}
    write(options, told | {"comparisons": [one.to_json() for one in comparisons]})
    say("\n" + table.machine_lines(where))
    say(comparison_table(comparisons))
    say(str(options.json))


def main() -> int:
    """Returns an exit status: 0 if it could measure, whatever the results."""
    options = parse()
    if not bench_binary().is_file():
        print(f"bench: {bench_binary()} is missing; ./dev build makes it", file=sys.stderr)
        return 1
    try:
        (compare_checkouts if options.against else measure)(options)
    except (BenchError, LocalServerError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
