"""The outcome of a cell, gathered from its events."""

from __future__ import annotations

from dataclasses import dataclass, replace

from carrel._brief import Brief
from carrel._clearing import Clearing
from carrel.errors import ServerError
from carrel.events import (
    DisplayEvent,
    ErrorEvent,
    Event,
    FinishedEvent,
    ResultEvent,
    StartedEvent,
    StderrEvent,
    StdoutEvent,
)
from carrel.types import Artifact, Display, Execution, InterpreterLoss, PythonError


@dataclass(frozen=True, slots=True, repr=False)
class Result(Brief):
    """The output and the effects of a cell.

    `stdout` and `stderr` hold a line like "… 5,000 bytes dropped …" where output was not kept;
    `execution.stdout` and `execution.stderr` have the totals. `displays` holds the last state of
    displays that were updated; one with `update` set is the new state of a display of an earlier
    cell. `results` holds all values that the cell showed as such: with IPython's
    `ast_node_interactivity` one cell may have several. Output that clear_output() took back is in
    none of these. `loss` is set if variables were lost before the cell ran.
    """

    stdout: str
    stderr: str
    displays: tuple[Display, ...]
    results: tuple[Display, ...]
    error: PythonError | None
    loss: InterpreterLoss | None
    execution: Execution

    @property
    def succeeded(self) -> bool:
        """True if the cell came to its end without an error."""
        return self.execution.succeeded

    @property
    def generation(self) -> int:
        """The number of the interpreter that ran the cell."""
        return self.execution.generation

    @property
    def variables_survived(self) -> bool:
        """True if the session's variables are still there."""
        return self.execution.variables_survived

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """Files the cell created, changed or deleted, and images it displayed."""
        return self.execution.artifacts

    @property
    def result(self) -> Display | None:
        """The value of the last expression: the last one of `results`."""
        return self.results[-1] if self.results else None

    @property
    def text(self) -> str | None:
        """The value of the last expression as text/plain."""
        return self.result.text if self.result else None


class ResultBuilder:
    """Gathers events into a Result."""

    def __init__(self) -> None:
        self._stdout: list[str] = []
        self._stderr: list[str] = []
        self._displays: list[Display] = []
        self._results: list[Display] = []
        self._error: PythonError | None = None
        self._loss: InterpreterLoss | None = None
        self._execution: Execution | None = None
        self._clearing = Clearing()

    def add(self, event: Event) -> None:
        """Adds the next event."""
        if self._clearing.take(event):
            for shown in (self._stdout, self._stderr, self._displays, self._results):
                shown.clear()
        match event:
            case StartedEvent():
                self._loss = event.loss
            case StdoutEvent():
                self._stdout.append(event.text)
            case StderrEvent():
                self._stderr.append(event.text)
            case DisplayEvent():
                self._show(event.display)
            case ResultEvent():
                self._results.append(event.display)
            case ErrorEvent():
                self._error = event.error
            case FinishedEvent():
                self._stdout.append(event.stdout_tail)
                self._stderr.append(event.stderr_tail)
                self._execution = event.execution

    def _show(self, display: Display) -> None:
        """Adds a display; an update replaces the display that it updates, if that is here."""
        found = False
        for index, earlier in enumerate(self._displays if display.update else ()):
            if display.display_id and earlier.display_id == display.display_id:
                self._displays[index] = replace(display, update=earlier.update)
                found = True
        if not found:
            self._displays.append(display)

    def build(self) -> Result:
        """Returns the result; the FinishedEvent must have been added."""
        if self._execution is None:
            raise ServerError("the execution has not finished")
        return Result(
            stdout="".join(self._stdout),
            stderr="".join(self._stderr),
            displays=tuple(self._displays),
            results=tuple(self._results),
            error=self._error or self._execution.error,
            loss=self._loss,
            execution=self._execution,
        )
