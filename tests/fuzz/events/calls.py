"""Calls that stay open while other things happen: streams of events, and uploads."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

import grpc
from carrel.errors import Cancelled, CarrelError, from_rpc_error
from carrel.v1 import code_interpreter_pb2 as pb
from support import SLOWNESS

CHUNK = 256 << 10
# The error reason of calls on a session that does not exist.
GONE = "SESSION_NOT_FOUND"
# The longest time that carreld may take for calls that wait for nothing, in seconds.
AT_ONCE = 10 * SLOWNESS


class Caller:
    """Makes calls with deadlines.

    Attributes:
        stub: the stub of the service.
        patience: the deadline, in seconds, of calls that wait for something.

    """

    def __init__(self, stub: Any, patience: float) -> None:
        self.stub = stub
        self.patience = patience

    def call(self, method: str, request: Any, *allowed: str, at_once: bool = False) -> Any:
        """Makes a call; returns its answer, or its error, whose reason must be one of `allowed`."""
        seconds = AT_ONCE if at_once else self.patience
        try:
            return getattr(self.stub, method)(request, timeout=seconds)
        except grpc.RpcError as rpc_error:
            error = from_rpc_error(rpc_error, "carreld")
            assert error.reason in allowed, f"{method}: {error!r}, reason {error.reason!r}"
            return error


class EventReader:
    """Reads a stream of events on a thread of its own, to its end.

    Attributes:
        events: the events that have come.
        error: the error that ended the stream, if one did.
        given_up: we have cancelled the call.

    """

    def __init__(self, call: Any) -> None:
        self.events: list[pb.ExecuteEvent] = []
        self.error: CarrelError | None = None
        self.given_up = False
        self._call = call
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            for event in self._call:
                self.events.append(event)
        except grpc.RpcError as error:
            self.error = from_rpc_error(error, "carreld")

    @property
    def over(self) -> bool:
        return not self._thread.is_alive()

    def give_up(self) -> None:
        """Cancels the call, as a caller does that goes away."""
        self.given_up = True
        self._call.cancel()

    def join(self, seconds: float) -> bool:
        """Waits for the end; False if it does not come."""
        self._thread.join(seconds)
        return self.over

    def finished(self) -> pb.Execution | None:
        """Returns the execution of the last event, once that has come."""
        last = self.events[-1:]
        return last[0].finished.execution if last and last[0].HasField("finished") else None


class Upload:
    """A WriteFile whose messages are sent one by one.

    Attributes:
        name: the resource name of the file.
        content: the content that the file is to have.

    """

    def __init__(self, stub: Any, name: str, content: bytes, how: str) -> None:
        self.name = name
        self.content = content
        self.how = how
        self._messages: queue.Queue[pb.WriteFileRequest | None] = queue.Queue()
        spec = pb.WriteFileSpec(name=name, size_bytes=len(content))
        if how == "wrong digest":
            spec.sha256 = "0" * 64
        elif how.startswith("size unknown"):
            spec = pb.WriteFileSpec(name=name, size_unknown=True)
        self._messages.put(pb.WriteFileRequest(spec=spec))
        self._call = stub.WriteFile.future(self._sent())
        self._send(content[: len(content) // 2])

    def _sent(self) -> Iterator[pb.WriteFileRequest]:
        while (message := self._messages.get()) is not None:
            yield message

    def _send(self, data: bytes) -> None:
        for start in range(0, len(data), CHUNK):
            self._messages.put(pb.WriteFileRequest(data=data[start : start + CHUNK]))

    @property
    def is_broken(self) -> bool:
        """Returns true if the upload breaks a promise of its spec, so that it must be refused."""
        return self.how == "wrong digest" or (self.how == "short" and self.content != b"")

    def end(self, patience: float) -> CarrelError | None:
        """Ends the upload in its way; returns carreld's error, or None if the file exists."""
        if self.how != "short":
            self._send(self.content[len(self.content) // 2 :])
        if self.how.endswith("cancelled"):
            self._call.cancel()
        self._messages.put(None)
        try:
            self._call.result(timeout=patience)
        except grpc.FutureCancelledError:
            return Cancelled("the call was cancelled")
        except grpc.RpcError as error:
            return from_rpc_error(error, "carreld")
        return None
