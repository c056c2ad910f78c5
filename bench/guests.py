"""Hostile sessions (figure m), from their start to their end."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import grpc
from carrel import Session
from carrel.errors import CarrelError
from carrel.v1 import code_interpreter_pb2 as pb
from carrel.v1 import code_interpreter_pb2_grpc as pb_grpc

from bench.context import Bench
from bench.worst import Row

_TIMEOUT = 300
_PATIENCE = 60


class Guests:
    """The sessions of a row, which run its code while the context is entered."""

    def __init__(self, bench: Bench, row: Row) -> None:
        self._bench = bench
        self._row = row
        self._stop = threading.Event()
        self._stack = contextlib.ExitStack()
        self._threads: list[threading.Thread] = []
        self._sessions: list[Session] = []
        self._streams: list[object] = []

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            stack.callback(self._end)
            for _ in range(self._row.sessions):
                self._begin(
                    self._bench.client.create_session(self._row.image, limits=self._row.limits)
                )
            if self._row.uploads:
                self._fall_silent(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def stopped(self) -> list[str]:
        """Returns the causes for which interpreters were ended that should have survived."""
        losses = [session.refresh().last_loss for session in self._sessions]
        return sorted({str(loss.cause) for loss in losses if loss})

    def _begin(self, session: Session) -> None:
        self._sessions.append(session)
        if not self._row.again:
            self._streams.append(session.stream(self._row.code, timeout=_TIMEOUT))
            return
        session.execute(self._row.code, timeout=_TIMEOUT)
        thread = threading.Thread(target=self._repeat, args=(session,))
        thread.start()
        self._threads.append(thread)

    def _repeat(self, session: Session) -> None:
        with contextlib.suppress(CarrelError):  # The session is deleted in the end.
            while not self._stop.is_set():
                session.execute(self._row.again)

    def _fall_silent(self, stack: contextlib.ExitStack) -> None:
        address = self._bench.server.address
        options = (("grpc.enable_http_proxy", 0),)
        channel = stack.enter_context(grpc.insecure_channel(address, options=options))
        calls: Any = pb_grpc.CodeInterpreterStub(channel)  # type: ignore[no-untyped-call]
        for number in range(self._row.uploads):
            name = f"{self._sessions[0].name}/files/silent-{number}"
            self._streams.append(calls.WriteFile.future(self._silent(name)))

    def _silent(self, name: str) -> Iterator[Any]:
        yield pb.WriteFileRequest(spec=pb.WriteFileSpec(name=name, size_bytes=1 << 30))
        self._stop.wait(_PATIENCE)

    def _end(self) -> None:
        self._stop.set()
        for session in self._sessions:
            with contextlib.suppress(CarrelError):
                session.delete()
        for thread in self._threads:
            thread.join()
        self._streams.clear()
