"""The stream of events of one execution."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import TypeVar

from carrel import _convert
from carrel._clearing import Clearing
from carrel._connection import Connection, StreamCall
from carrel.errors import ServerError
from carrel.events import (
    ClearEvent,
    DisplayEvent,
    ErrorEvent,
    Event,
    FinishedEvent,
    OutputEvent,
    ResultEvent,
    StartedEvent,
    StderrEvent,
    StdoutEvent,
)
from carrel.output import TextAssembler
from carrel.result import Result, ResultBuilder
from carrel.v1 import code_interpreter_pb2 as pb

_OutputEvent = TypeVar("_OutputEvent", bound=OutputEvent)


class EventDecoder:
    """Converts messages to events, keeping the text of both output streams across pieces."""

    def __init__(self, *, from_start: bool = True) -> None:
        self._stdout = TextAssembler(from_start=from_start)
        self._stderr = TextAssembler(from_start=from_start)
        self._clearing = Clearing()

    def _is_cleared_by(self, message: pb.ExecuteEvent) -> bool:
        match message.WhichOneof("event"):
            case "clear":
                return self._clearing.clear(message.clear.wait)
            case "display":
                return not message.display.update and self._clearing.show()
            case "stdout" | "stderr" | "result" | "error":
                return self._clearing.show()
        return False

    def decode(self, message: pb.ExecuteEvent) -> Event | None:
        """Returns the event, or None for a kind that this client does not know."""
        if self._is_cleared_by(message):
            self._stdout.clear()
            self._stderr.clear()
        at = (message.sequence, message.time.ToDatetime(tzinfo=UTC))
        match message.WhichOneof("event"):
            case "started":
                loss = message.started.loss
                return StartedEvent(
                    *at,
                    execution=message.started.execution,
                    generation=message.started.generation,
                    loss=_convert.loss(loss) if message.started.HasField("loss") else None,
                )
            case "stdout":
                return _piece(StdoutEvent, message, message.stdout, self._stdout)
            case "stderr":
                return _piece(StderrEvent, message, message.stderr, self._stderr)
            case "display":
                return DisplayEvent(*at, display=_convert.display(message.display))
            case "result":
                return ResultEvent(*at, display=_convert.display(message.result))
            case "clear":
                return ClearEvent(*at, wait=message.clear.wait)
            case "error":
                return ErrorEvent(*at, error=_convert.error(message.error))
            case "finished":
                execution = _convert.execution(message.finished.execution)
                return FinishedEvent(
                    *at,
                    execution=execution,
                    stdout_tail=self._stdout.finish(execution.stdout.total_bytes),
                    stderr_tail=self._stderr.finish(execution.stderr.total_bytes),
                )
            case _:
                return None


def _piece(
    kind: type[_OutputEvent],
    message: pb.ExecuteEvent,
    piece: pb.Output,
    assembler: TextAssembler,
) -> _OutputEvent:
    return kind(
        message.sequence,
        message.time.ToDatetime(tzinfo=UTC),
        data=piece.data,
        offset_bytes=piece.offset_bytes,
        text=assembler.feed(piece.offset_bytes, piece.data),
    )


class ExecutionStream(Iterator[Event]):
    """Iterates over the events of an execution as they happen; the last is a FinishedEvent.

    Abandoning the stream does not end the execution: Session.watch takes it up again,
    Session.cancel ends it. Raises CarrelError if the connection fails; its `execution` is the name.
    """

    def __init__(
        self,
        connection: Connection,
        call: StreamCall[pb.ExecuteEvent],
        execution: str,
        decoder: EventDecoder,
    ) -> None:
        self.execution = execution
        """The execution's full name, known before it starts."""
        self._connection = connection
        self._call = call
        self._watched = connection.watch(call)
        self._messages = iter(call)
        self._decoder = decoder
        self._result = ResultBuilder()
        self._finished = False

    def __next__(self) -> Event:
        """Waits for the next event."""
        while True:
            event = self._decoder.decode(self._next_message())
            if isinstance(event, FinishedEvent):
                self._finished = True
                self._watched.end()
            if event is not None:
                self._result.add(event)
                return event

    def result(self) -> Result:
        """Waits for the end and returns the result of all events, including those iterated before.

        If the stream starts at a later event, the result covers only events from there on; its
        `execution` and its error are complete.
        """
        for _ in self:
            pass
        return self._result.build()

    def _next_message(self) -> pb.ExecuteEvent:
        try:
            with self._connection.errors_of(self._watched, self.execution):
                message = next(self._messages)
            self._watched.progressed = True
            return message
        except StopIteration:
            self._watched.end()
            if self._finished:
                raise
            raise ServerError(
                f"the event stream of {self.execution} ended before the execution did",
                execution=self.execution,
            ) from None

    def close(self) -> None:
        """Stops receiving events; the execution continues."""
        self._watched.end()
        self._call.cancel()
