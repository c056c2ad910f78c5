"""Shows an execution while it runs: its stdout on stdout, its stderr on stderr."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TextIO

from carrel._clearing import Clearing
from carrel.cli.console import note, size_text
from carrel.errors import NotFound
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
from carrel.session import Session
from carrel.types import Cause, Display, Execution, MimeData

_SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/svg+xml": ".svg",
    "image/gif": ".gif",
    "image/webp": ".webp",
}
# For these, the error's traceback, or its absence, says enough.
_NEEDS_NO_MESSAGE = {Cause.COMPLETED, Cause.EXCEPTION, Cause.SYNTAX_ERROR, Cause.SYSTEM_EXIT}


class EventPrinter:
    """Shows events as they arrive; displayed images are saved in a directory, if there is one.

    Output that clear_output() takes back is erased from a terminal, as far as it can still be
    reached, and its saved images are deleted. Output in a file or a pipe stays there.
    """

    def __init__(self, session: Session, images_directory: Path | None) -> None:
        self._session = session
        self._images_directory = images_directory
        self._execution = "image"
        self._image_count = 0
        self._stdout_is_mid_line = False
        self._clearing = Clearing()
        self._saved: list[Path] = []  # paths since the last clear
        self._rows = 0  # rows written to the terminal since then

    def show(self, event: Event) -> None:
        """Shows one event."""
        if self._clearing.take(event):
            self._clear()
        match event:
            case StartedEvent():
                self._start(event)
            case StdoutEvent():
                self._write(event.text)
            case StderrEvent():
                self._write_error(event.text)
            case DisplayEvent() | ResultEvent():
                self._show_display(event.display)
            case ErrorEvent():
                self._end_line()
                self._write_error(event.error.traceback.rstrip("\n") + "\n")
            case FinishedEvent():
                self._write(event.stdout_tail)
                self._write_error(event.stderr_tail)
                self._show_ending(event.execution)

    def _start(self, event: StartedEvent) -> None:
        self._execution, self._image_count = event.execution.rpartition("/")[2] or "image", 0
        self._clearing, self._saved, self._rows = Clearing(), [], 0
        if event.loss is not None:
            note(
                f"the interpreter was lost ({event.loss.message or event.loss.cause}); "
                f"this is generation {event.generation}, without the earlier variables"
            )

    def _clear(self) -> None:
        for path in self._saved:
            path.unlink(missing_ok=True)
        self._saved.clear()
        if _is_terminal(sys.stdout):
            rows = min(self._rows, shutil.get_terminal_size().lines - 1)
            _write(sys.stdout, "\r" + (f"\033[{rows}A" if rows else "") + "\033[J")
            self._stdout_is_mid_line = False
        self._end_line()
        self._rows = 0

    def _show_ending(self, execution: Execution) -> None:
        if execution.cause not in _NEEDS_NO_MESSAGE:
            self._end_line()
            note(execution.message or f"the cell ended: {execution.cause}")
        if execution.generation and not execution.variables_survived:
            note("the session's variables are lost; its files are still there")

    def _show_display(self, display: Display) -> None:
        saved = [self._show_image(image) for image in display.images]
        if display.text and not any(saved):
            self._end_line()
            self._write(display.text.rstrip("\n") + "\n")
        for item in display.data:
            if item.dropped:
                self._note(
                    f"a display was too large ({item.mime_type}, {size_text(item.size_bytes)})"
                )

    def _show_image(self, image: MimeData) -> bool:
        """Saves an image; returns False if there is no directory for it, or no image."""
        if image.dropped:
            return False
        what = f"{image.mime_type}, {size_text(image.size_bytes)}"
        if self._images_directory is None:
            self._note(f"an image was displayed ({what}); --images-dir DIR saves it")
            return False
        self._image_count += 1
        self._images_directory.mkdir(parents=True, exist_ok=True)
        suffix = _SUFFIXES.get(image.mime_type, ".img")
        path = self._images_directory / f"{self._execution}-{self._image_count:02}{suffix}"
        if image.artifact is not None:
            try:
                self._session.download(image.artifact, path)
            except NotFound:
                self._note(f"an image was cleared before it was saved ({what})")
                return False
        else:
            path.write_bytes(image.data if image.data is not None else (image.text or "").encode())
        self._saved.append(path)
        self._note(f"saved {path} ({what})")
        return True

    def _note(self, message: str) -> None:
        note(message)
        self._rows += _is_terminal(sys.stderr)

    def _write(self, text: str) -> None:
        if text:
            _write(sys.stdout, text)
            self._stdout_is_mid_line = not text.endswith("\n")
            self._rows += text.count("\n") * _is_terminal(sys.stdout)

    def _write_error(self, text: str) -> None:
        _write(sys.stderr, text)
        self._rows += text.count("\n") * _is_terminal(sys.stderr)

    def _end_line(self) -> None:
        if self._stdout_is_mid_line:
            self._write("\n")


def _is_terminal(stream: TextIO) -> bool:
    """Returns whether lines of the stream can be erased."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _write(stream: TextIO, text: str) -> None:
    """Writes at once; characters that the stream's encoding lacks become escapes."""
    if not text:
        return
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
