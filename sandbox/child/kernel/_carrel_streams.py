"""sys.stdout and sys.stderr of a session: text goes to the host in frames.

Frames keep prints in order with displays. The streams still say that they are
file descriptors 1 and 2, so that subprocesses can be given them.
"""

from __future__ import annotations

import contextlib
import io
import sys
from typing import Any

import _carrel


class RawStream(io.RawIOBase):
    """The `buffer` of a stream: bytes to the host, unbuffered."""

    def __init__(self, is_stderr: bool) -> None:
        self._is_stderr = is_stderr

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2 if self._is_stderr else 1

    def close(self) -> None:
        """Nothing: code that wraps it, or forgets a wrapper of it, must not end the session's.

        `sys.stdout = io.TextIOWrapper(sys.stdout.buffer)` twice closes what the first has wrapped.
        """

    def write(self, data: Any) -> int:
        view = memoryview(data)
        _carrel.write(self._is_stderr, view)
        return view.nbytes


class TextStream(io.TextIOBase):
    """A text stream whose lines the host sees at once, and the rest when it is flushed.

    A lone surrogate is sent as a backslash escape, as Python's stderr does it.
    """

    def __init__(self, is_stderr: bool) -> None:
        self._raw = RawStream(is_stderr)
        self.name = "<stderr>" if is_stderr else "<stdout>"
        self.mode = "w"
        # An attribute of the instance, in C: it is called twice for each print().
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
        """Nothing: as that of its `buffer`."""

    def detach(self) -> RawStream:  # type: ignore[override]
        """Its `buffer`; unlike io.TextIOWrapper's it stays usable."""
        return self._raw

    def reconfigure(self, **_options: Any) -> None:
        """Accepted, as io.TextIOWrapper's: the encoding stays UTF-8."""


def flush_replaced() -> None:
    """At the end of a cell: flushes what code has put in the place of the session's streams.

    Those send what is printed by themselves. Others may keep it, and what a cell prints belongs to
    that cell.
    """
    for name, own in (("stdout", sys.__stdout__), ("stderr", sys.__stderr__)):
        stream = getattr(sys, name, None)
        if stream is own or not hasattr(stream, "flush"):
            continue
        try:
            stream.flush()
        except Exception as error:
            with contextlib.suppress(Exception):  # Nor may the session's stream be usable.
                print(f"sys.{name} could not be flushed: {error!r}", file=sys.__stderr__)
