"""The fuzz target `events`: sequences of events against a real carreld. `./dev fuzz --help`.

Hypothesis makes the sequences, and shrinks one that fails. Each seed makes some of them, then comes
the next seed, until the time is over. A failing sequence is kept in its first and its smallest
form.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import grpc
import hypothesis
from carrel import Client
from carrel.testing import LocalServer
from carrel.v1 import code_interpreter_pb2 as pb
from carrel.v1 import code_interpreter_pb2_grpc as pb_grpc
from events.calls import AT_ONCE, Caller
from events.event import Event, load, sequences, text_of
from events.remains import Remains
from events.world import MAX_QUEUE_LENGTH, World
from support import PATIENCE, SLOWNESS, local_server, run

# The number of sequences that one seed makes.
_PER_SEED = 20
# The patience, in seconds, while a failure is made smaller; nothing depends on it.
_BRIEF = 5 * SLOWNESS
_TRIES = 4


class Pulse:
    """Calls carreld all the time, on a thread of its own, with a request that waits for nothing."""

    def __init__(self, stub: Any) -> None:
        self._stub = stub
        self._over = threading.Event()
        self.slowest = 0.0
        self.wrong = ""
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        request = pb.GetSessionRequest(name="sessions/nobody")
        while not self._over.wait(0.05):
            begun = time.monotonic()
            try:
                self._stub.GetSession(request, timeout=AT_ONCE)
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    self.wrong = self.wrong or f"{error.code()}: {error.details()}"
            self.slowest = max(self.slowest, time.monotonic() - begun)

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


class Bench:
    """A carreld that runs sequences, one after the other; a fresh one after each that failed."""

    def __init__(self) -> None:
        self._server: LocalServer | None = None
        self.slowest = 0.0
        self.seen: Counter[str] = Counter()

    def _start(self) -> None:
        self._server = local_server(
            images=["minimal"],
            max_queue_length=MAX_QUEUE_LENGTH,
            max_warm_interpreter_count=2,
            interrupt_grace_period={"nanos": 300_000_000},
            transfer_idle_timeout={"seconds": 3000},
        )
        self._server.start()
        self._client = Client(self._server.address)
        options = (("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", 64 << 20))
        self._channel = grpc.insecure_channel(self._server.address, options=options)
        self._stub: Any = pb_grpc.CodeInterpreterStub(self._channel)
        self._pulse = Pulse(self._stub)
        self._remains = Remains(self._server, self._client)

    def play(self, sequence: list[Event], patience: float) -> None:
        """Plays a sequence, and checks its results; nothing may take longer than `patience`."""
        if self._server is None:
            self._start()
        try:
            world = World(self._server, Caller(self._stub, patience), self.seen)
            for event in sequence:
                world.do(event)
            world.end()
            self._remains.check(patience)
            with self._client.create_session() as session:
                assert run(session, "print(6 * 7)").stdout == "42\n"
            assert not self._pulse.wrong, f"GetSession meanwhile: {self._pulse.wrong}"
        except BaseException:
            self.end(by_force=True)
            raise

    def end(self, by_force: bool = False) -> None:
        """Stops carreld; by force when it may hang."""
        if self._server is None:
            return
        server, self._server = self._server, None
        self._pulse.stop()
        self.slowest = max(self.slowest, self._pulse.slowest)
        self._client.close()
        self._channel.close()
        if by_force:
            server.kill()
        server.__exit__(None, None, None)


class Findings:
    """Keeps the failing sequence: in its first and in its smallest form."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._first: Path | None = None
        self._smallest: list[Event] | None = None

    def note(self, sequence: list[Event], error: BaseException) -> None:
        if self._first is None:
            digest = hashlib.sha256(repr(sequence).encode()).hexdigest()[:10]
            self._first = self._folder / f"events-{digest}-first.json"
            self._folder.mkdir(parents=True, exist_ok=True)
            self._first.write_text(text_of(sequence))
            traceback.print_exception(error, file=sys.stdout)
            print(f"FAILED: {type(error).__name__}: {error}", flush=True)
            print(f"kept as {self._first}; a smaller one is looked for", flush=True)
        if self._smallest is None or len(sequence) <= len(self._smallest):
            self._smallest = sequence
            self._small_path().write_text(text_of(sequence))

    def tell(self) -> None:
        if self._first is not None and self._smallest is not None:
            print(f"the smallest that failed, {self._small_path()}:")
            print("\n".join(f"  {event}" for event in self._smallest), flush=True)

    def _small_path(self) -> Path:
        assert self._first is not None
        return self._first.with_name(self._first.name.replace("-first", ""))

    @property
    def some(self) -> bool:
        return self._first is not None


class Fuzzer:
    """Plays sequences until the time is over or one fails."""

    def __init__(self, bench: Bench, findings: Findings) -> None:
        self._bench = bench
        self._findings = findings
        self.played = 0
        self.events = 0

    def play(self, sequence: list[Event]) -> None:
        """Plays a sequence: several times while a failure is made smaller, in case of a race."""
        for _ in range(_TRIES if self._findings.some else 1):
            self.played += 1
            self.events += len(sequence)
            try:
                self._bench.play(sequence, _BRIEF if self._findings.some else PATIENCE)
            except Exception as error:
                self._findings.note(sequence, error)
                raise

    def replay(self, sequence: list[Event], seconds: float) -> int:
        """Plays a sequence again and again; returns how often."""
        end = time.monotonic() + seconds
        self.play(sequence)
        while time.monotonic() < end:
            self.play(sequence)
        return self.played

    def fuzz(self, seed: int, seconds: float) -> None:
        """Makes sequences: those of `seed`, then those of the next seeds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                self._seeded(seed, lambda: time.monotonic() > end and not self._findings.some)()
            except BaseException:
                print(f"this was seed {seed}", flush=True)
                raise
            seed += 1

    def _seeded(self, seed: int, over: Callable[[], bool]) -> Callable[[], None]:
        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=_PER_SEED,
            deadline=None,
            database=None,
            derandomize=False,
            phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
            suppress_health_check=list(hypothesis.HealthCheck),
            report_multiple_bugs=False,
            print_blob=False,
        )
        @hypothesis.given(sequences())
        def one(sequence: list[Event]) -> None:
            if not over():
                self.play(sequence)

        return one


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="a folder, or one file alone")
    parser.add_argument("--seconds", type=float, required=True, help="how long sequences are made")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", type=Path, required=True)
    options = parser.parse_args()
    bench, findings = Bench(), Findings(options.findings)
    fuzzer = Fuzzer(bench, findings)
    replayed = 0
    try:
        if options.corpus.is_file():
            replayed = fuzzer.replay(load(options.corpus), options.seconds)
        else:
            corpus = sorted(options.corpus.iterdir())
            for path in corpus:
                fuzzer.play(load(path))
            replayed = len(corpus)
            print(f"seed {options.seed}", flush=True)
            fuzzer.fuzz(options.seed, options.seconds)
    except (Exception, BaseExceptionGroup):
        if not findings.some:
            raise
    finally:
        bench.end()
    findings.tell()
    print(", ".join(f"{name} {count}" for name, count in bench.seen.most_common()))
    made = fuzzer.played - replayed
    print(f"events: {replayed} replayed, {made} made of seeds, {fuzzer.events} events")
    print(f"GetSession took {bench.slowest:.2f} s at most", flush=True)
    return 1 if findings.some or fuzzer.played == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
