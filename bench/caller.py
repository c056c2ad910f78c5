"""A caller in a process of its own, which makes one kind of call repeatedly and times it.

    PYTHONPATH=clients/python/src python -m bench.caller KIND ADDRESS SESSION

A caller that shares a process with many threads would measure these. So this is a process, in a
scheduling group of its own, with the same share of the CPUs as carreld, where the kernel grants
one: the times it measures are carreld's. It answers each line on its stdin by a line of JSON with
the samples and the failures since the last one. It ends when its stdin does.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from carrel import Cause, Client, Session, StartedEvent
from carrel.errors import CarrelError

T = TypeVar("T")

REPOSITORY = Path(__file__).resolve().parents[1]
MIB = 1 << 20
GET, CELL, UPLOAD = "GetSession", "warm cell", "upload of 1 MiB"
CANCEL = "CancelExecution"
# Seconds from the start of one call to that of the next.
INTERVALS = {GET: 0.01, CELL: 0.02, UPLOAD: 0.05, CANCEL: 0.1}
# The value that carreld sets (sandbox/processes/scheduling.cc).
_SHARE = "-15"


def corrected(milliseconds: float, interval: float) -> list[float]:
    """Returns the time of a call, and the times that the calls that were due meanwhile would have
    taken.

    Without them, a server that stands still for a second would count as one slow call of a hundred.
    """
    step = 1000 * interval
    return [milliseconds - step * missed for missed in range(max(1, int(milliseconds / step)))]


@dataclass(frozen=True)
class Taken:
    """The samples, in milliseconds, and failures of a caller since the last request."""

    samples: list[float]
    failures: list[str]


class Caller:
    """A handle on a caller process."""

    def __init__(self, kind: str, address: str, session: Session) -> None:
        """Starts the process; it makes calls until close()."""
        self.kind = kind
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.caller", kind, address, session.id],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.take()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def take(self) -> Taken:
        """Returns the samples since the last time; waits for the end of the current call."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            return Taken([], [f"the caller of {self.kind} has ended"])
        return Taken(**json.loads(line))

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def raise_own_share() -> None:
    """Gives this process the same share of the CPUs as carreld; if that is not permitted, a smaller
    one.
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(_SHARE)


# Milliseconds that a call took, and a description of its failure, empty if none.
Timed = tuple[float, str]


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    answer = call()
    return 1000 * (time.perf_counter() - begun), answer


def _get(session: Session) -> Timed:
    took, info = _timed(session.refresh)
    return took, "" if info.generation == 1 else "the interpreter was lost"


def _cell(session: Session) -> Timed:
    took, result = _timed(lambda: session.execute("print(1+1)"))
    good = result.stdout == "2\n"
    return took, "" if good else f"{result.stdout!r}, {result.execution.message}"


_DATA = os.urandom(MIB)


def _upload(session: Session) -> Timed:
    took, file = _timed(lambda: session.write_bytes(_DATA, "uploaded"))
    return took, "" if file.size_bytes == MIB else f"{file.size_bytes} bytes arrived"


def _cancel(session: Session) -> Timed:
    """Cancels a running cell; the time until the cell ends is not measured."""
    stream = session.stream("import time; time.sleep(1000)")
    execution = next(event.execution for event in stream if isinstance(event, StartedEvent))
    took, _ = _timed(lambda: session.cancel(execution))
    ended = stream.result().execution
    good = ended.cause is Cause.CANCELLED_BY_CALLER and ended.variables_survived
    return took, "" if good else ended.message


CALLS: dict[str, Callable[[Session], Timed]] = {
    GET: _get,
    CELL: _cell,
    UPLOAD: _upload,
    CANCEL: _cancel,
}


def _asked(seconds: float) -> Iterator[None]:
    """Waits `seconds` for lines on stdin, and yields for each; ends the process at the end of
    stdin.
    """
    deadline = time.monotonic() + seconds
    while True:
        left = max(0.0, deadline - time.monotonic())
        if not select.select([sys.stdin], [], [], left)[0]:
            return
        if not os.read(sys.stdin.fileno(), 1):
            sys.exit(0)
        yield


def serve(kind: str, session: Session) -> None:
    """Makes calls and reports the samples."""
    call, interval = CALLS[kind], INTERVALS[kind]
    told: dict[str, Any] = {"samples": [], "failures": []}
    call(session)
    while True:
        begun = time.perf_counter()
        try:
            took, failure = call(session)
        except CarrelError as error:
            took, failure = 1000 * (time.perf_counter() - begun), str(error)
        told["samples"] += corrected(took, interval)
        if failure:
            told["failures"].append(f"{kind}: {failure}")
        for _ in _asked(begun + interval - time.perf_counter()):
            print(json.dumps(told), flush=True)
            told = {"samples": [], "failures": []}


def main() -> None:
    """Runs the caller process."""
    kind, address, session = sys.argv[1:]
    raise_own_share()
    with Client(address) as client:
        serve(kind, client.session(session))


if __name__ == "__main__":
    main()
