"""Errors of Carrel's client: one class per kind of failure an RPC can answer with.

The outcome of a cell, including its interpreter's death, is never an error: see carrel.Result.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import error_details_pb2
from grpc_status import rpc_status


class CarrelError(Exception):
    """Base of all errors; `str()` of it is one sentence for people.

    Attributes:
        reason: the stable `google.rpc.ErrorInfo.reason`, e.g. "SESSION_NOT_FOUND"; may be empty.
        metadata: the server's details: the offending field, resource or limit.
        retry_after: the time after which a retry makes sense; None if the server gives none.
        execution: the full name of the execution whose events were waited for, else None. It may
            run on: Session.watch resumes its events, if the server knows it.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        retry_after: timedelta | None = None,
        execution: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.metadata: Mapping[str, str] = dict(metadata or {})
        self.retry_after = retry_after
        self.execution = execution

    @property
    def field(self) -> str | None:
        """The request's field that is wrong, if the server names one."""
        return self.metadata.get("field")


class InvalidArgument(CarrelError):  # noqa: N818 - named as gRPC's code, like those below
    """A field of the request is malformed or out of range; see `field`."""


class NotFound(CarrelError):  # noqa: N818
    """The session, execution, file or image does not exist."""


class AlreadyExists(CarrelError):  # noqa: N818
    """The id is taken."""


class ResourceExhausted(CarrelError):  # noqa: N818
    """A quota or the server's capacity is used up; see `retry_after`."""


class FailedPrecondition(CarrelError):  # noqa: N818
    """The session is not in a state that allows the call."""


class OutOfRange(CarrelError):  # noqa: N818
    """A read starts beyond the end of the file."""


class Aborted(CarrelError):  # noqa: N818
    """An upload broke off or does not have the size or digest it announced."""


class Cancelled(CarrelError):  # noqa: N818
    """The call was cancelled on this side."""


class Unavailable(CarrelError):  # noqa: N818
    """The server cannot be reached, stands still or is shutting down."""


class DeadlineExceeded(CarrelError):  # noqa: N818
    """The server did not answer in time."""


class ServerError(CarrelError):
    """A fault of the server, or an answer this client does not understand."""


class IntegrityError(CarrelError):
    """The bytes received are not those sent: sizes or SHA-256 digests differ."""


_BY_CODE: dict[grpc.StatusCode, type[CarrelError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgument,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExists,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhausted,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPrecondition,
    grpc.StatusCode.OUT_OF_RANGE: OutOfRange,
    grpc.StatusCode.ABORTED: Aborted,
    grpc.StatusCode.CANCELLED: Cancelled,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
}


def stood_still(target: str, execution: str | None = None) -> Unavailable:
    """Returns the error of a call that was given up since the server answers nothing."""
    message = f"carreld at {target} stands still: it answers nothing"
    return Unavailable(message + _may_run_on(execution), execution=execution)


def _may_run_on(execution: str | None) -> str:
    return f"; {execution} may run on, and can be watched" if execution is not None else ""


def from_rpc_error(
    error: grpc.RpcError | grpc.FutureCancelledError, target: str, execution: str | None = None
) -> CarrelError:
    """Converts `error`, of a call to `target`, to a CarrelError."""
    if isinstance(error, grpc.FutureCancelledError):
        return Cancelled("the call was cancelled")
    if not isinstance(error, grpc.Call):
        return ServerError(str(error) or type(error).__name__, execution=execution)
    code = error.code()
    info, retry_after = _details(error)
    message = error.details() or code.name
    if code is grpc.StatusCode.UNAVAILABLE and not info.reason:
        message = f"cannot reach carreld at {target} ({_last_clause(message)})"
    elif code is grpc.StatusCode.DEADLINE_EXCEEDED and not info.reason:
        message = f"carreld at {target} did not answer in time"
    if not info.reason:  # With a reason, the server's message suffices.
        message += _may_run_on(execution)
    return _BY_CODE.get(code, ServerError)(
        message,
        reason=info.reason,
        metadata=dict(info.metadata),
        retry_after=retry_after,
        execution=execution,
    )


def _last_clause(text: str) -> str:
    """Returns the system's own message at the end of gRPC's long one."""
    return text.strip().rpartition(": ")[2].rstrip(".") or "no reason given"


def _details(call: grpc.Call) -> tuple[error_details_pb2.ErrorInfo, timedelta | None]:
    """Returns the ErrorInfo and the retry delay that `call` ended with."""
    info = error_details_pb2.ErrorInfo()
    retry = error_details_pb2.RetryInfo()
    retry_after: timedelta | None = None
    for detail in _packed_details(call):
        if not detail.Unpack(info) and detail.Unpack(retry):
            retry_after = retry.retry_delay.ToTimedelta()
    return info, retry_after


def _packed_details(call: grpc.Call) -> list[AnyMessage]:
    try:
        status = rpc_status.from_call(call)  # type: ignore[no-untyped-call]
    except ValueError:  # the details contradict the call's own status: trust the latter
        return []
    return list(status.details) if status is not None else []
