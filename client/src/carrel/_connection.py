"""One channel to a carreld: makes calls and turns their failures into CarrelErrors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import grpc

from carrel.errors import from_rpc_error
from carrel.v1 import code_interpreter_pb2_grpc as pb_grpc

_Response_co = TypeVar("_Response_co", covariant=True)

# A display may be as large as the session's display limit; leave room for it.
_MAX_MESSAGE_BYTES = 64 << 20
_OPTIONS = (
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    # carreld is a neighbour; a proxy for the web must not stand between.
    ("grpc.enable_http_proxy", 0),
)


class StreamCall(Protocol[_Response_co]):
    """A call that answers with a stream of messages."""

    def __iter__(self) -> Iterator[_Response_co]: ...

    def cancel(self) -> object:
        """Ends the call; of no effect on one that has ended."""


class Connection:
    """A channel, its stub, and the deadline of unary calls in seconds."""

    def __init__(self, target: str, rpc_timeout: float) -> None:
        self.target = target
        self._rpc_timeout = rpc_timeout
        self._channel = grpc.insecure_channel(target, options=_OPTIONS)
        self.stub: Any = pb_grpc.CodeInterpreterStub(self._channel)  # type: ignore[no-untyped-call]

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

    def close(self) -> None:
        """Ends the channel and all calls on it."""
        self._channel.close()
