"""What Python does when a script ends, which a cell's end is not: open files are written out."""

from __future__ import annotations

from carrel.cli.interrupt import execute_interruptibly
from carrel.cli.printer import EventPrinter
from carrel.result import Result
from carrel.session import Session

# Only looks at types: some objects answer for another that is not there.
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
# As in Py_FinalizeEx: threads are waited for, handlers called, variables dropped.
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

    With `keep` the session goes on, and so do its variables: only what its files hold back is
    written out.
    """
    if not result.variables_survived:
        return
    source = _WRITE_OUT if keep else _END + _WRITE_OUT
    # Its names are in none of the session's namespaces.
    code = f"exec({source!r}, {{'_shell': get_ipython()}})"
    execute_interruptibly(session, code, timeout, printer.show)
