"""One channel to a carreld: makes calls and converts their failures to CarrelErrors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import grpc

from carrel._watchdog import Cancellable, Watchdog, WatchedCall
from carrel.errors import from_rpc_error, stood_still
from carrel.v1 import code_interpreter_pb2 as pb
from carrel.v1 import code_interpreter_pb2_grpc as pb_grpc

_Response_co = TypeVar("_Response_co", covariant=True)

# A display may be as large as the session's display limit, so this leaves room for it.
_MAX_MESSAGE_BYTES = 64 << 20
_OPTIONS = (
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    # carreld is local; a web proxy must not be used.
    ("grpc.enable_http_proxy", 0),
)


class StreamCall(Cancellable, Protocol[_Response_co]):
    """A call that answers with a stream of messages."""

    def __iter__(self) -> Iterator[_Response_co]: ...


class Connection:
    """A channel, its stub, and the deadline of unary calls in seconds.

    Streams have no deadline, but end when the server has stood still for about as long.
    """

    def __init__(self, target: str, rpc_timeout: float) -> None:
        self.target = target
        self._rpc_timeout = rpc_timeout
        self._channel = grpc.insecure_channel(target, options=_OPTIONS)
        self.stub: Any = pb_grpc.CodeInterpreterStub(self._channel)  # type: ignore[no-untyped-call]
        self._watchdog = Watchdog(self._answers, rpc_timeout)

    def call(self, method: Callable[..., _Response_co], request: object) -> _Response_co:
        """Makes a unary call."""
        with self.errors():
            return method(request, timeout=self._rpc_timeout)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raises the CarrelError for an RPC that fails inside the block."""
        try:
            yield
        except grpc.RpcError as error:
            raise from_rpc_error(error, self.target) from error

    def watch(self, call: Cancellable) -> WatchedCall:
        """Watches a call without a deadline: it is cancelled if the server stands still."""
        return self._watchdog.watch(call)

    @contextmanager
    def errors_of(self, call: WatchedCall, execution: str | None = None) -> Iterator[None]:
        """Raises the CarrelError of a watched call, perhaps of `execution`, that fails inside."""
        try:
            yield
        except (grpc.RpcError, grpc.FutureCancelledError) as error:
            call.end()
            if call.server_stood_still:
                raise stood_still(self.target, execution) from error
            raise from_rpc_error(error, self.target, execution) from error

    def _answers(self, seconds: float) -> bool:
        """Sends the server a cheap request; returns whether an answer came in time."""
        try:
            self.stub.GetServerInfo(pb.GetServerInfoRequest(), timeout=seconds)
        except (grpc.RpcError, ValueError):  # raised by gRPC if the channel is closed
            return False
        return True

    def close(self) -> None:
        """Ends the channel and all calls on it."""
        self._watchdog.close()
        self._channel.close()
