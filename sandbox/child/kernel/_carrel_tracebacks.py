"""Shows exceptions: the one that ends a cell, and those that do not.

IPython shows an exception, and so ends the cell, by the same method by which its magics and
formatters show one and continue. Here only the exception that has ended the cell goes to the host
as the cell's error. All others are text on stderr.
"""

from __future__ import annotations

import bdb
import contextlib
import inspect
import os
import sys
import traceback
from types import TracebackType
from typing import TYPE_CHECKING, Any

import _carrel
from _carrel_errors import limit_of, message_of, name_of

if TYPE_CHECKING:
    from _carrel_shell import ZMQInteractiveShell


class Tracebacks:
    """Shows the exceptions of a shell."""

    # The exception that ends the cell, while it is shown; otherwise None.
    _ending: BaseException | None = None

    def __init__(self, shell: ZMQInteractiveShell) -> None:
        self._shell = shell

    @staticmethod
    def guard_layout(formatter: Any) -> None:
        """Makes IPython's `formatter` fall back to Python's if it fails, e.g. without memory.

        IPython would print its own failure to stdout, among the cell's output.
        """
        lay_out = formatter.structured_traceback

        def lay_out_anyhow(etype: Any, evalue: Any, frames: Any, *rest: Any, **options: Any) -> Any:
            try:
                return lay_out(etype, evalue, frames, *rest, **options)
            except Exception:
                text = "".join(traceback.format_exception(etype, evalue, frames))
                return text.rstrip("\n").split("\n")

        formatter.structured_traceback = lay_out_anyhow

    def show(self, etype: Any, evalue: Any, lines: Any) -> None:
        """Shows a traceback of IPython's, as the cell's error or on stderr."""
        text = "\n".join(lines) if isinstance(lines, list) else str(lines)
        if evalue is not None and evalue is self._ending:
            self._ending = None
            _carrel.error(
                name_of(etype),
                message_of(evalue),
                text.encode("utf-8", "replace"),
                limit_of(evalue),
            )
        else:
            with contextlib.suppress(Exception):  # A guest's stream may do anything.
                print(text, file=sys.stderr)

    def show_end(self, error: BaseException, has_run: bool) -> None:
        """Sends the exception that has ended the cell. `has_run` is false if it did not parse."""
        self._ending = error
        try:
            with contextlib.suppress(Exception):  # The exception may have a rendering of its own.
                self._show(error, has_run)
        finally:
            ending, self._ending = self._ending, None
            # A hook of the user's, or a failure, has shown no traceback.
            if ending is not None:
                lines = traceback.format_exception(type(error), error, frames_of_cell(error))
                self._ending = error
                self.show(type(error), error, "".join(lines))

    def _show(self, error: BaseException, has_run: bool) -> None:
        shell, frames = self._shell, frames_of_cell(error)
        # IPython takes this exception for a request to leave quietly.
        if isinstance(error, bdb.BdbQuit):
            return self.show(bdb.BdbQuit, error, "bdb.BdbQuit: there is no debugger here")
        if isinstance(error, shell.custom_exceptions):
            return shell.CustomTB(type(error), error, frames)
        if _is_group(error) and "showtraceback" not in vars(shell):
            # IPython prints these as Python does.
            text = "".join(traceback.format_exception(type(error), error, frames))
            return self.show(type(error), error, text)
        self._name_module_of_cells(frames)
        shell.showtraceback(
            (type(error), error, frames), tb_offset=0, running_compiled_code=has_run
        )
        return None

    def _name_module_of_cells(self, frames: TracebackType | None) -> None:
        """Registers in `inspect` the module to which the cells belong.

        IPython queries it for each frame, and it searches all modules for a file that it does not
        know: that takes seconds after a recursion that was too deep.
        """
        names = set()
        while frames is not None:
            names.add(frames.tb_frame.f_code.co_filename)
            frames = frames.tb_next
        with contextlib.suppress(OSError):  # The working directory may be gone.
            for name in filter(self._shell.compile.has, names):
                inspect.modulesbyfile[os.path.normcase(os.path.abspath(name))] = "__main__"


def frames_of_cell(error: BaseException) -> TracebackType | None:
    """Returns the frames of an exception without the kernel's own, which come first."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_globals.get("__name__") in _OWN_MODULES:
        frames = frames.tb_next
    return frames


_OWN_MODULES = ("_carrel_kernel", "_carrel_shell", "_carrel_asyncio", "_carrel_reading")


def _is_group(error: BaseException | None) -> bool:
    """Returns whether it is a group of exceptions, or was raised while one was handled."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, BaseExceptionGroup):
            return True
        seen.add(id(error))
        error = error.__context__
    return False
