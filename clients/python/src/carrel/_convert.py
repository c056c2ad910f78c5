"""Conversions between protobuf messages and the public dataclasses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from carrel import server_info, types
from carrel.v1 import code_interpreter_pb2 as pb

_Enum = TypeVar("_Enum", bound=StrEnum)


def duration(value: timedelta | float) -> Duration:
    """Returns a Duration; a number counts seconds."""
    result = Duration()
    result.FromTimedelta(value if isinstance(value, timedelta) else timedelta(seconds=value))
    return result


def _time(message: Any, name: str) -> datetime | None:
    if not message.HasField(name):
        return None
    timestamp: Timestamp = getattr(message, name)
    return timestamp.ToDatetime(tzinfo=UTC)


def _span(message: Any, name: str) -> timedelta | None:
    if not message.HasField(name):
        return None
    value: Duration = getattr(message, name)
    return value.ToTimedelta()


def _enum(cls: type[_Enum], name_of: Callable[[Any], str], number: int) -> _Enum:
    try:
        return cls(name_of(number))
    except ValueError:  # a newer server's value
        return next(iter(cls))


def limits_to_proto(value: types.Limits) -> pb.Limits:
    """Returns the message; None stays unset."""
    message = pb.Limits()
    for item in fields(value):
        bound = getattr(value, item.name)
        if isinstance(bound, timedelta):
            getattr(message, item.name).FromTimedelta(bound)
        elif bound is not None:
            setattr(message, item.name, bound)
    return message


def limits(message: pb.Limits) -> types.Limits:
    """Returns the dataclass; a field that is unset or 0 is None."""
    bounds = {item.name: getattr(message, item.name) or None for item in fields(types.Limits)}
    for name in ("execution_timeout", "execution_cpu_time"):
        bounds[name] = _span(message, name)
    return types.Limits(**bounds)


def loss(message: pb.InterpreterLoss) -> types.InterpreterLoss:
    """Returns the dataclass."""
    return types.InterpreterLoss(
        generation=message.generation,
        cause=_enum(types.Cause, pb.Execution.Cause.Name, message.cause),
        message=message.message,
        execution=message.execution,
        time=_time(message, "time"),
    )


def session(message: pb.Session) -> types.SessionInfo:
    """Returns the dataclass."""
    return types.SessionInfo(
        name=message.name,
        image=message.image,
        labels=dict(message.labels),
        limits=limits(message.limits),
        idle_timeout=_span(message, "idle_timeout"),
        state=_enum(types.SessionState, pb.Session.State.Name, message.state),
        generation=message.generation,
        last_loss=loss(message.last_loss) if message.HasField("last_loss") else None,
        create_time=_time(message, "create_time"),
        last_active_time=_time(message, "last_active_time"),
        expire_time=_time(message, "expire_time"),
        pending_execution_count=message.pending_execution_count,
    )


def error(message: pb.Error) -> types.PythonError:
    """Returns the dataclass."""
    return types.PythonError(message.type, message.message, message.traceback)


def _summary(message: pb.OutputSummary) -> types.OutputSummary:
    return types.OutputSummary(message.total_bytes, message.dropped_bytes, message.cleared_bytes)


def _artifact(message: pb.Artifact) -> types.Artifact:
    return types.Artifact(
        name=message.name,
        path=message.path,
        change=_enum(types.Change, pb.Artifact.Change.Name, message.change),
        size_bytes=message.size_bytes,
        mime_type=message.mime_type,
        sha256=message.sha256,
    )


def _usage(message: pb.Usage) -> types.Usage:
    return types.Usage(
        queue_duration=message.queue_duration.ToTimedelta(),
        wall_duration=message.wall_duration.ToTimedelta(),
        cpu_duration=message.cpu_duration.ToTimedelta(),
        peak_memory_bytes=message.peak_memory_bytes,
        written_bytes=message.written_bytes,
    )


def execution(message: pb.Execution) -> types.Execution:
    """Returns the dataclass."""
    return types.Execution(
        name=message.name,
        code=message.code,
        state=_enum(types.State, pb.Execution.State.Name, message.state),
        cause=_enum(types.Cause, pb.Execution.Cause.Name, message.cause),
        ending=_enum(types.Ending, pb.Execution.Ending.Name, message.ending),
        message=message.message,
        error=error(message.error) if message.HasField("error") else None,
        generation=message.generation,
        variables_survived=message.variables_survived,
        exit_code=message.exit_code,
        signal=message.signal,
        stdout=_summary(message.stdout),
        stderr=_summary(message.stderr),
        artifacts=tuple(_artifact(item) for item in message.artifacts),
        artifacts_truncated=message.artifacts_truncated,
        refused_calls=tuple(message.refused_calls),
        usage=_usage(message.usage),
        timeout=_span(message, "timeout"),
        create_time=_time(message, "create_time"),
        start_time=_time(message, "start_time"),
        end_time=_time(message, "end_time"),
    )


def file(message: pb.File) -> types.File:
    """Returns the dataclass."""
    return types.File(
        name=message.name,
        path=message.path,
        size_bytes=message.size_bytes,
        mime_type=message.mime_type,
        sha256=message.sha256,
        update_time=_time(message, "update_time"),
    )


def _mime_data(message: pb.MimeData) -> types.MimeData:
    which = message.WhichOneof("content")
    return types.MimeData(
        mime_type=message.mime_type,
        text=message.text if which == "text" else None,
        data=message.data if which == "data" else None,
        artifact=message.artifact if which == "artifact" else None,
        size_bytes=message.size_bytes,
        dropped=message.dropped,
    )


def display(message: pb.Display) -> types.Display:
    """Returns the dataclass; metadata that is not a JSON object counts as none."""
    try:
        metadata = json.loads(message.metadata_json or "{}")
    except (ValueError, RecursionError):  # it was made by the guest
        metadata = {}
    return types.Display(
        data=tuple(_mime_data(item) for item in message.data),
        display_id=message.display_id,
        update=message.update,
        metadata=metadata if isinstance(metadata, dict) else {},
    )


def _guarantee(message: pb.Guarantee) -> server_info.Guarantee:
    return server_info.Guarantee(
        id=message.id,
        description=message.description,
        holders=tuple(
            server_info.Holder(item.mechanism, item.proved, item.evidence)
            for item in message.holders
        ),
    )


def _image(message: pb.Image) -> server_info.Image:
    return server_info.Image(
        name=message.name,
        description=message.description,
        python_version=message.python_version,
        preloaded_modules=tuple(message.preloaded_modules),
        default_limits=limits(message.default_limits),
        warm_interpreter_count=message.warm_interpreter_count,
    )


def info(message: pb.ServerInfo) -> server_info.ServerInfo:
    """Returns the dataclass."""
    return server_info.ServerInfo(
        version=message.version,
        images=tuple(_image(item) for item in message.images),
        default_image=message.default_image,
        max_limits=limits(message.max_limits),
        max_session_count=message.max_session_count,
        session_count=message.session_count,
        max_queue_length=message.max_queue_length,
        max_code_bytes=message.max_code_bytes,
        max_inline_image_bytes=message.max_inline_image_bytes,
        interrupt_grace_period=message.interrupt_grace_period.ToTimedelta(),
        isolation_lane=message.isolation.lane,
        guarantees=tuple(_guarantee(item) for item in message.isolation.guarantees),
        start_time=_time(message, "start_time"),
    )
