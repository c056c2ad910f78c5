"""A process that runs cells which it reads line by line: worker.py and the like."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from bench import processes
from bench.driver import BenchError

PATIENCE = 180.0
STOP_SECONDS = 15


class CellError(BenchError):
    """A cell raised; the process lives on."""


class LineWorker:
    """Leaving a `with` block ends the process.

    Attributes:
        last_answer: the worker's answer to the last cell.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: str | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        """Starts the process. `environment` is added to the current one."""
        self._started = time.perf_counter()
        self._rest = b""
        self.last_answer: dict[str, Any] = {}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=os.environ | (environment or {}),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def first(self, code: str) -> float:
        """Runs the first cell; returns the milliseconds since the process was started."""
        elapsed = self._run({"code": code}, self._started)
        return float(self.last_answer.get("ms", elapsed))

    def run(self, code: str, **more: Any) -> float:
        """Runs a cell; returns its milliseconds: the worker's own if it reports any, otherwise
        ours.
        """
        elapsed = self._run({"code": code, **more}, time.perf_counter())
        return float(self.last_answer.get("ms", elapsed))

    def _run(self, request: dict[str, Any], started: float) -> float:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise BenchError("the process has ended") from None
        self.last_answer = self._answer()
        elapsed = 1000 * (time.perf_counter() - started)
        if "error" in self.last_answer:
            raise CellError(f"a cell failed: {self.last_answer['error']}")
        return elapsed

    def _answer(self) -> dict[str, Any]:
        """Discards the output of the cell, and returns the answer."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        deadline = time.monotonic() + PATIENCE
        while True:
            _, mark, after = self._rest.partition(b"\0")
            if mark and b"\n" in after:
                line, _, self._rest = after.partition(b"\n")
                return dict(json.loads(line))
            if not select.select([descriptor], [], [], deadline - time.monotonic())[0]:
                raise BenchError(f"no answer within {PATIENCE:g} s")
            data = os.read(descriptor, 1 << 16)
            if not data:
                raise BenchError("the process has ended")
            self._rest += data

    def private_kib(self) -> int:
        """Returns its processes' private memory; without its own, if it only drives others."""
        pid = self._process.pid
        everything = set(processes.tree(pid))
        return sum(map(processes.private_kib, everything - {pid} or everything))

    def close(self) -> None:
        """Ends the process by closing its stdin, or kills it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.close()
            self._process.wait(STOP_SECONDS)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
