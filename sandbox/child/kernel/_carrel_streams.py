"""sys.stdout and sys.stderr of a session: text goes to the host by the output ring.

The ring keeps prints in order with displays. The streams still report the file descriptors 1 and 2,
so that they can be passed to subprocesses.
"""

from __future__ import annotations

import contextlib
import io
import sys
from typing import Any

import _carrel


class RawStream(io.RawIOBase):
    """The `buffer` of a stream: sends bytes to the host, unbuffered."""

    def __init__(self, is_stderr: bool) -> None:
        self._is_stderr = is_stderr

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2 if self._is_stderr else 1

    def close(self) -> None:
        """Does nothing: closing it, or dropping a wrapper of it, must not close the session's.

        `sys.stdout = io.TextIOWrapper(sys.stdout.buffer)` twice closes what the first has wrapped.
        """

    def write(self, data: Any) -> int:
        view = memoryview(data)
        _carrel.write(self._is_stderr, view)
        return view.nbytes


class TextStream(io.TextIOBase):
    """A text stream whose lines the host reads at once, and the rest when it is flushed.

    A lone surrogate is sent as a backslash escape, as by Python's stderr.
    """

    def __init__(self, is_stderr: bool) -> None:
        self._raw = RawStream(is_stderr)
        self.name = "<stderr>" if is_stderr else "<stdout>"
        self.mode = "w"
        # This is an attribute of the instance, in C, since each print() calls it twice.
        self.write = _carrel.text_writer(is_stderr)  # type: ignore[method-assign]

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        return "backslashreplace"

    @property
    def buffer(self) -> RawStream:
        return self._raw

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return False

    def flush(self) -> None:
        _carrel.flush()

    def close(self) -> None:
        """Does nothing, as that of its `buffer`."""

    def detach(self) -> RawStream:  # type: ignore[override]
        """Returns its `buffer`; unlike io.TextIOWrapper's, the stream stays usable."""
        return self._raw

    def reconfigure(self, **_options: Any) -> None:
        """Accepts options, as io.TextIOWrapper's does: the encoding stays UTF-8."""


def flush_replaced() -> None:
    """Flushes streams by which code has replaced the session's, at the end of a cell.

    The session's streams send printed text by themselves. Others may buffer it, and what a cell
    prints belongs to that cell.
    """
    for name, own in (("stdout", sys.__stdout__), ("stderr", sys.__stderr__)):
        stream = getattr(sys, name, None)
        if stream is own or not hasattr(stream, "flush"):
            continue
        try:
            stream.flush()
        except Exception as error:
            with contextlib.suppress(Exception):  # The session's stream may be unusable, too.
                print(f"sys.{name} could not be flushed: {error!r}", file=sys.__stderr__)
