"""sys.stdout and sys.stderr of a session: text goes to the host in frames.

Frames keep prints in order with displays. The streams still say that they are
file descriptors 1 and 2, so that subprocesses can be given them.
"""

from __future__ import annotations

import io
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

    def write(self, data: Any) -> int:
        view = memoryview(data)
        _carrel.write(self._is_stderr, view)
        return view.nbytes


class TextStream(io.TextIOBase):
    """A text stream whose every write is sent at once.

    A lone surrogate is sent as a backslash escape, as Python's stderr does it.
    """

    def __init__(self, is_stderr: bool) -> None:
        self._is_stderr = is_stderr
        self._raw = RawStream(is_stderr)
        self.name = "<stderr>" if is_stderr else "<stdout>"
        self.mode = "w"

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

    def reconfigure(self, **_options: Any) -> None:
        """Accepted, as io.TextIOWrapper's: the encoding stays UTF-8."""

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            _carrel.write(self._is_stderr, text.encode("utf-8", "backslashreplace"))
        return len(text)
