"""The events of an execution, in the order the server saw them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carrel._brief import Brief
from carrel.types import Display, Execution, InterpreterLoss, PythonError


@dataclass(frozen=True, slots=True, repr=False)
class Event(Brief):
    """Base of all events.

    `sequence` counts from 1 within one execution, with gaps where events had been undone by later
    ones (see ClearEvent) before they were read.
    """

    sequence: int
    time: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class StartedEvent(Event):
    """The code starts to run; `loss` is set if variables were lost since the last execution."""

    execution: str
    generation: int
    loss: InterpreterLoss | None


@dataclass(frozen=True, slots=True, repr=False)
class OutputEvent(Event):
    """A piece of stdout or stderr.

    `data` are the bytes as they arrived, which start at `offset_bytes` of their stream. `text` is
    the text to show next: decoded across pieces, with a note where bytes were dropped.
    """

    data: bytes
    offset_bytes: int
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class StdoutEvent(OutputEvent):
    """A piece of stdout."""


@dataclass(frozen=True, slots=True, repr=False)
class StderrEvent(OutputEvent):
    """A piece of stderr."""


@dataclass(frozen=True, slots=True, repr=False)
class DisplayEvent(Event):
    """A rich output, by display() or an open figure."""

    display: Display


@dataclass(frozen=True, slots=True, repr=False)
class ResultEvent(Event):
    """The value of the cell's last expression."""

    display: Display


@dataclass(frozen=True, slots=True, repr=False)
class ClearEvent(Event):
    """The output that came before is to be removed: stdout, stderr, displays and results.

    IPython's clear_output() causes it. Without `wait` they are removed now; with it, when the next
    event shows something: output, a display that is not an update, a result or an error.
    """

    wait: bool


@dataclass(frozen=True, slots=True, repr=False)
class ErrorEvent(Event):
    """The exception that ends the cell."""

    error: PythonError


@dataclass(frozen=True, slots=True, repr=False)
class FinishedEvent(Event):
    """The end, with the whole execution.

    `stdout_tail` and `stderr_tail` are the last text to show: an incomplete character, or a note
    that the end of the stream was dropped. Usually empty.
    """

    execution: Execution
    stdout_tail: str
    stderr_tail: str
