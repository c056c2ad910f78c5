"""Runs carrel-bench, the C++ program that takes the samples and is also the bare server."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from carrel.testing import carreld_binary

START_SECONDS = 10
STOP_SECONDS = 5


class BenchError(Exception):
    """Something could not be measured; the message says why."""


@dataclass(frozen=True)
class Report:
    """The report of one command of carrel-bench (driver/report.proto)."""

    series: dict[str, list[float]]
    facts: dict[str, float]


def bench_binary() -> Path:
    """Returns the path of carrel-bench: beside carreld unless $CARREL_BENCH is set."""
    default = carreld_binary().parents[1] / "bench" / "driver" / "carrel-bench"
    return Path(os.environ.get("CARREL_BENCH", default))


class Driver:
    """Runs commands of carrel-bench against a carreld and the bare server."""

    def __init__(self, carreld: str, echo: str, folder: str) -> None:
        """`folder`: the bare server's directory, on the disk that carreld uses too."""
        self._common = [f"--carreld={carreld}", f"--echo={echo}", f"--folder={folder}"]

    def run(self, command: str, *, timeout: float = 300, **flags: str | float) -> Report:
        """Runs a command to its end; its progress goes to stderr."""
        arguments = [f"--{name}={value}" for name, value in flags.items()]
        try:
            done = subprocess.run(
                [str(bench_binary()), command, *self._common, *arguments],
                stdout=subprocess.PIPE,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise BenchError(f"{command} was not done within {timeout:g} s") from None
        if done.returncode != 0:
            raise BenchError(f"carrel-bench {command} ended with status {done.returncode}")
        told = json.loads(done.stdout)
        return Report(
            {name: series["samples"] for name, series in told.get("series", {}).items()},
            told.get("facts", {}),
        )


def grpc_version() -> str:
    """Returns the version of gRPC that carrel-bench is linked with."""
    done = subprocess.run([str(bench_binary()), "version"], capture_output=True, text=True)
    return done.stdout.strip()


@contextlib.contextmanager
def echo_server() -> Iterator[tuple[str, str]]:
    """Runs the bare server in a directory of its own; yields its address and that directory."""
    with tempfile.TemporaryDirectory(prefix="carrel-bench-") as folder:
        address = f"unix:{folder}/echo.sock"
        command = [str(bench_binary()), "serve_echo", f"--echo={address}", f"--folder={folder}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            try:
                _wait_for_line(process)
                yield address, folder
            finally:
                _stop(process)


def _wait_for_line(process: subprocess.Popen[bytes]) -> None:
    """Waits until the server reports that it listens."""
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    if not readable or not process.stdout.readline():
        raise BenchError("the bare gRPC server did not start")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the bare server, by SIGTERM if it reacts."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
