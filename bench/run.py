"""Starts carreld and a bare gRPC server, and measures the one beside the other.

    PYTHONPATH=client/src .carrel/tools/bin/python bench/run.py [--quick] [ARGUMENT...]

Further arguments go to carrel-bench (carrel-bench --help). Bounded in time; leaves nothing behind
but bench/results/latest.json.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from carrel.testing import REPOSITORY, LocalServer, LocalServerError, carreld_binary

RESULT = REPOSITORY / "bench" / "results" / "latest.json"
QUICK = ["--iterations=40", "--pandas_iterations=10", "--memory_sessions=20", "--memory_rounds=1"]
START_SECONDS = 10
STOP_SECONDS = 5


def bench_binary() -> Path:
    """Returns where carrel-bench is: beside carreld unless $CARREL_BENCH says otherwise."""
    default = carreld_binary().parents[1] / "bench" / "carrel-bench"
    return Path(os.environ.get("CARREL_BENCH", default))


@contextlib.contextmanager
def echo_server(binary: Path) -> Iterator[str]:
    """Runs the bare server in a folder of its own; yields its address."""
    with tempfile.TemporaryDirectory(prefix="carrel-bench-") as folder:
        address = f"unix:{folder}/echo.sock"
        command = [str(binary), "--serve_echo", address]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            try:
                wait_for_line(process)
                yield address
            finally:
                stop(process)


def wait_for_line(process: subprocess.Popen[bytes]) -> None:
    """Waits until the server says that it listens."""
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    if not readable or not process.stdout.readline():
        raise LocalServerError("the bare gRPC server did not start")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the bare server, in order if it can."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def measure(binary: Path, json: Path, timeout: float, arguments: list[str]) -> int:
    """Runs everything once; returns the status of carrel-bench."""
    with LocalServer() as server, echo_server(binary) as echo:
        command = [
            str(binary),
            f"--carreld={server.address}",
            f"--echo={echo}",
            f"--json={json}",
            *arguments,
        ]
        return subprocess.run(command, timeout=timeout, check=False).returncode


def main() -> int:
    """Returns an exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer samples")
    parser.add_argument("--json", type=Path, default=RESULT, help="the report (%(default)s)")
    parser.add_argument("--timeout", type=float, default=300, help="seconds (%(default)s)")
    options, arguments = parser.parse_known_args()
    binary = bench_binary()
    if not binary.is_file():
        print(f"bench: {binary} is missing; ./dev build makes it", file=sys.stderr)
        return 1
    options.json.parent.mkdir(parents=True, exist_ok=True)
    try:
        return measure(
            binary, options.json, options.timeout, [*(QUICK if options.quick else []), *arguments]
        )
    except LocalServerError as error:
        print(f"bench: {error}", file=sys.stderr)
    except subprocess.TimeoutExpired:
        print(f"bench: not done within {options.timeout:g} s", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
