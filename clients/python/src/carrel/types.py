"""Public values of Carrel's client. Sizes are bytes; times are aware datetimes or timedeltas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from carrel._brief import Brief


class SessionState(StrEnum):
    """The activity of a session."""

    UNSPECIFIED = "STATE_UNSPECIFIED"
    IDLE = "IDLE"
    RUNNING = "RUNNING"
    DELETING = "DELETING"


class State(StrEnum):
    """The life of an execution."""

    UNSPECIFIED = "STATE_UNSPECIFIED"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Cause(StrEnum):
    """The reason why an execution ended, or an interpreter was lost."""

    UNSPECIFIED = "CAUSE_UNSPECIFIED"
    COMPLETED = "COMPLETED"
    EXCEPTION = "EXCEPTION"
    SYNTAX_ERROR = "SYNTAX_ERROR"
    SYSTEM_EXIT = "SYSTEM_EXIT"
    TIMEOUT = "TIMEOUT"
    CANCELLED_BY_CALLER = "CANCELLED_BY_CALLER"
    PROCESS_EXIT = "PROCESS_EXIT"
    CRASH = "CRASH"
    MEMORY_LIMIT = "MEMORY_LIMIT"
    MEMORY_SHORTAGE = "MEMORY_SHORTAGE"
    WORKSPACE_LIMIT = "WORKSPACE_LIMIT"
    CPU_TIME_LIMIT = "CPU_TIME_LIMIT"
    FILE_COUNT_LIMIT = "FILE_COUNT_LIMIT"
    TEMPORARY_LIMIT = "TEMPORARY_LIMIT"
    PROCESS_LIMIT = "PROCESS_LIMIT"
    OPEN_FILE_LIMIT = "OPEN_FILE_LIMIT"
    PROTOCOL_VIOLATION = "PROTOCOL_VIOLATION"
    FORBIDDEN_SYSCALL = "FORBIDDEN_SYSCALL"
    SESSION_DELETED = "SESSION_DELETED"
    SERVER_ERROR = "SERVER_ERROR"


class Ending(StrEnum):
    """The effect of an execution's end on the interpreter."""

    UNSPECIFIED = "ENDING_UNSPECIFIED"
    RETURNED = "RETURNED"
    INTERRUPTED = "INTERRUPTED"
    KILLED = "KILLED"
    DIED = "DIED"
    NOT_STARTED = "NOT_STARTED"


class Change(StrEnum):
    """The kind of change to an artifact."""

    UNSPECIFIED = "CHANGE_UNSPECIFIED"
    CREATED = "CREATED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    DISPLAYED = "DISPLAYED"


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a session; None means the default. See Limits in the proto for each."""

    execution_timeout: timedelta | None = None
    memory_bytes: int | None = None
    process_count: int | None = None
    cpu_count: int | None = None
    workspace_bytes: int | None = None
    workspace_file_count: int | None = None
    temporary_bytes: int | None = None
    open_file_count: int | None = None
    output_bytes: int | None = None
    display_bytes: int | None = None
    execution_cpu_time: timedelta | None = None


@dataclass(frozen=True, slots=True, repr=False)
class InterpreterLoss(Brief):
    """The reason why a session's variables were lost."""

    generation: int
    cause: Cause
    message: str
    execution: str
    time: datetime | None


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session as the server last described it."""

    name: str
    image: str
    labels: Mapping[str, str]
    limits: Limits
    idle_timeout: timedelta | None
    state: SessionState
    generation: int
    last_loss: InterpreterLoss | None
    create_time: datetime | None
    last_active_time: datetime | None
    expire_time: datetime | None
    pending_execution_count: int


@dataclass(frozen=True, slots=True, repr=False)
class PythonError(Brief):
    """The Python exception that ended a cell."""

    type: str
    message: str
    traceback: str


@dataclass(frozen=True, slots=True)
class OutputSummary:
    """Totals of stdout or stderr, in bytes.

    Dropped ones are from the middle; cleared ones were taken back by clear_output().
    """

    total_bytes: int = 0
    dropped_bytes: int = 0
    cleared_bytes: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Artifact(Brief):
    """A file an execution created, changed or deleted, or an image it displayed.

    `path` is relative to /mnt/data and empty for a displayed image; Session.download takes the
    artifact itself.
    """

    name: str
    path: str
    change: Change
    size_bytes: int
    mime_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Resources that an execution used, as the host measured them."""

    queue_duration: timedelta = timedelta()
    wall_duration: timedelta = timedelta()
    cpu_duration: timedelta = timedelta()
    peak_memory_bytes: int = 0
    written_bytes: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Execution(Brief):
    """One cell run in a session. `exit_code` and `signal` are 0 unless `cause` uses them."""

    name: str
    code: str
    state: State
    cause: Cause
    ending: Ending
    message: str
    error: PythonError | None
    generation: int
    variables_survived: bool
    exit_code: int
    signal: int
    stdout: OutputSummary
    stderr: OutputSummary
    artifacts: tuple[Artifact, ...]
    artifacts_truncated: bool
    refused_calls: tuple[str, ...]
    usage: Usage
    timeout: timedelta | None
    create_time: datetime | None
    start_time: datetime | None
    end_time: datetime | None

    @property
    def succeeded(self) -> bool:
        """True if the cell came to its end without an error."""
        return self.state is State.SUCCEEDED


@dataclass(frozen=True, slots=True, repr=False)
class File(Brief):
    """A regular file of a workspace, or a displayed image; `sha256` is empty in listings."""

    name: str
    path: str
    size_bytes: int
    mime_type: str
    sha256: str
    update_time: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class MimeData(Brief):
    """One representation of a display: exactly one of text, data and artifact, or dropped."""

    mime_type: str
    text: str | None
    data: bytes | None
    artifact: str | None
    size_bytes: int
    dropped: bool


@dataclass(frozen=True, slots=True, repr=False)
class Display(Brief):
    """A Jupyter MIME bundle: the same output in several types, richest last."""

    data: tuple[MimeData, ...]
    display_id: str = ""
    update: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def get(self, mime_type: str) -> MimeData | None:
        """Returns the representation of that type, if there is one."""
        return next((item for item in self.data if item.mime_type == mime_type), None)

    @property
    def text(self) -> str | None:
        """The text/plain representation."""
        item = self.get("text/plain")
        return item.text if item else None

    @property
    def html(self) -> str | None:
        """The text/html representation."""
        item = self.get("text/html")
        return item.text if item else None

    @property
    def images(self) -> tuple[MimeData, ...]:
        """The representations that are images."""
        return tuple(item for item in self.data if item.mime_type.startswith("image/"))
