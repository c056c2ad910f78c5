"""Does what Python does at a script's end but not at a cell's end, e.g. flushing open files."""

from __future__ import annotations

from carrel.cli.interrupt import execute_interruptibly
from carrel.cli.printer import EventPrinter
from carrel.result import Result
from carrel.session import Session

# This checks types only: some objects proxy for another one that does not exist.
_WRITE_OUT = """
import gc, io, sys
for _stream in gc.get_objects():
    if io._io._IOBase in type(_stream).__mro__:
        try:
            if not _stream.closed and _stream.writable():
                _stream.flush()
        except Exception as _error:
            print(f"{_stream!r} is not written out: {_error}", file=sys.stderr)
"""
# Python's Py_FinalizeEx does the same: it joins threads, calls exit handlers, drops variables.
_END = """
import atexit, sys, threading
for _thread in threading.enumerate():
    if _thread is not threading.current_thread() and not _thread.daemon:
        _thread.join()
atexit._run_exitfuncs()
for _name in ("last_type", "last_value", "last_traceback"):
    vars(sys).pop(_name, None)
_shell.last_execution_result = None
_shell.reset(new_session=False)
"""


def end_script(
    session: Session, result: Result, timeout: float | None, printer: EventPrinter, *, keep: bool
) -> None:
    """Does in `session` what the end of the script would do, after the cell that was the script.

    With `keep` the session continues, and so do its variables: only its files' buffers are flushed.
    """
    if not result.variables_survived:
        return
    source = _WRITE_OUT if keep else _END + _WRITE_OUT
    # The code's names are in none of the session's namespaces.
    code = f"exec({source!r}, {{'_shell': get_ipython()}})"
    execute_interruptibly(session, code, timeout, printer.show)
