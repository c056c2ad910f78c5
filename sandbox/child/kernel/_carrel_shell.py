"""IPython's shell without a terminal: errors go to the host, `!cmd` writes to the pipes.

IPython takes a cell through some ten steps. Most of them leave a cell alone that is Python as it
stands, and they are most of what a short cell costs; `run` spares such a cell those steps, and
hands all others (magics, `!cmd`, `await` at the top level, anything that does not compile) to
IPython as they are.

A session keeps a copy of each page that its first cell writes to, and looking at an object writes
to it. So a cell should look at little. Traits are the dearest: setting one makes two names that
nobody has seen before, for which Python's cache of methods forgets others. What each cell sets is
therefore no trait here.
"""

from __future__ import annotations
import __future__

import ast
import contextlib
import errno
import inspect
import linecache
import os
import re
import subprocess
import sys
import traceback
from types import CodeType
from typing import Any

import _carrel
from _carrel_display import Publisher, ResultHook
from IPython.core.compilerop import CachingCompiler
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import (
    ExecutionInfo,
    ExecutionResult,
    InteractiveShell,
)
from traitlets import Type

# What IPython removes from the beginning of a cell: indentation, empty lines, prompts.
_FOREIGN_START = re.compile(r"\s|>>>|In \[|\.\.\.")
_FIRST_WORD = re.compile(r"[^\W\d]\w*")
# With these behind it, the first word of a line is no magic (IPython.core.prefilter,
# PythonOpsChecker and AssignmentChecker).
_NO_MAGIC = re.compile(r"\s*[=(.]")
# With one of these, code may be more than one simple statement.
_MAYBE_MORE = re.compile(r"[\n;:@]")

# internal.PythonError.Limit
_NO_LIMIT, _MEMORY, _TASKS, _OPEN_FILES, _TEMPORARY, _WORKSPACE = range(6)
_BY_ERRNO = {errno.ENOMEM: _MEMORY, errno.EMFILE: _OPEN_FILES, errno.EFBIG: _WORKSPACE}

# What `from __future__ import ...` sets.
_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag


def name_of(etype: Any) -> bytes:
    """The name of an exception's type."""
    return str(getattr(etype, "__name__", etype)).encode("utf-8", "replace")


def message_of(evalue: Any) -> bytes:
    """An exception's text."""
    try:
        return str(evalue).encode("utf-8", "replace")
    except BaseException:  # A guest's __str__ may do anything.
        return b"<the exception has no printable message>"


def _is_full(folder: str) -> bool:
    """Whether `folder` is a file system of its own on which there is hardly a page left."""
    if os.stat(folder).st_dev == os.stat("/mnt/data").st_dev:
        return False  # What all share; a watch bounds it.
    system = os.statvfs(folder)
    return system.f_bavail * system.f_frsize < 1 << 16 or system.f_favail == 0


def _may_start_more() -> bool:
    """Whether a process may be started: of a program that is not there, so that none is."""
    try:
        os.posix_spawn("/nonexistent", ["nonexistent"], {})
    except OSError as error:
        return error.errno != errno.EAGAIN
    return True


def limit_of(evalue: Any) -> int:
    """The bound of the session that an exception tells of: internal.PythonError.Limit."""
    try:
        if isinstance(evalue, MemoryError):
            return _MEMORY
        no_thread = isinstance(evalue, RuntimeError) and evalue.args == ("can't start new thread",)
        number = evalue.errno if isinstance(evalue, OSError) else None
        # These two have other reasons as well.
        if no_thread or number == errno.EAGAIN:
            return _NO_LIMIT if _may_start_more() else _TASKS
        if number == errno.ENOSPC:
            return _TEMPORARY if _is_full("/tmp") or _is_full("/dev/shm") else _NO_LIMIT
        return _BY_ERRNO.get(number, _NO_LIMIT)
    except BaseException:  # A guest's exception may be anything.
        return _NO_LIMIT


class Compiler(CachingCompiler):
    """Knows the cells' texts, for tracebacks."""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """By Python's own hash: SHA-1 takes OpenSSL along."""
        return f"<ipython-input-{number}-{hash(transformed_code) & 0xFFFFFFFFFFFF}>"

    def cache(self, transformed_code: str, number: int = 0, raw_code: str | None = None) -> str:
        """As IPython's, without a function that is made for each cell."""
        name = self.get_code_name(raw_code or transformed_code, transformed_code, number)
        self._filename_map[name] = number
        lines = transformed_code.splitlines()
        for i, line in enumerate(lines):
            lines[i] = line + "\n"
        linecache.cache[name] = (len(transformed_code), None, lines, name)
        return name


class History(HistoryManager):
    """What was run; in memory only."""

    # No traits; see above.
    _i00 = _i = _ii = _iii = ""  # type: ignore[assignment]
    input_hist_parsed = input_hist_raw = db_input_cache = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.input_hist_parsed, self.input_hist_raw, self.db_input_cache = [""], [""], []
        super().__init__(*args, **kwargs)


class Shell(InteractiveShell):
    """The shell of a session."""

    compiler_class = Type(Compiler)
    displayhook_class = Type(ResultHook)
    display_pub_class = Type(Publisher)
    # No traits; see above.
    execution_count = 1  # type: ignore[assignment]
    last_execution_succeeded = True  # type: ignore[assignment]
    last_execution_result = None  # type: ignore[assignment]

    # The exception that was told last, until its cell has ended.
    _told: BaseException | None = None

    # Set by watch_figures.
    _figures: dict[Any, Any] | None = None
    _figure_state: dict[str, Any] | None = None
    _figure_callbacks: list[Any] | None = None

    def init_history(self) -> None:
        self.history_manager = History(shell=self, parent=self)
        self.configurables.append(self.history_manager)

    def watch_figures(self, figures: dict[Any, Any], state: dict[str, Any]) -> None:
        """Figures are drawn by callbacks of `post_execute`, which are spared cells without any.

        `figures` are Matplotlib's open ones, `state` are the attributes of matplotlib-inline's
        `show`, which knows of those that were closed meanwhile.
        """
        self._figures, self._figure_state = figures, state
        self._figure_callbacks = list(self.events.callbacks["post_execute"])

    def _has_figures(self) -> bool:
        """Also if the callbacks are not those of `watch_figures`, whatever they are."""
        if self._figure_state is None:
            return True
        return (
            bool(self._figures)
            or self._figure_state["_draw_called"]
            or self.events.callbacks["post_execute"] != self._figure_callbacks
        )

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        text = "\n".join(stb) if isinstance(stb, list) else str(stb)
        text_bytes = text.encode("utf-8", "replace")
        _carrel.error(name_of(etype), message_of(evalue), text_bytes, limit_of(evalue))
        self._told = evalue

    def tell(self, error: BaseException) -> None:
        """An exception that IPython could not show: it opens files for that, and may have none."""
        told, self._told = self._told, None  # Not kept: it has all that the cell's frames have.
        if told is error:
            return
        frames = error.__traceback__ and error.__traceback__.tb_next  # Without IPython's own.
        lines = traceback.format_exception(type(error), error, frames)
        self._showtraceback(type(error), error, "".join(lines))

    def system(self, cmd: str) -> None:  # type: ignore[override]
        """Runs a shell command; sets `_exit_code`. No pty: there is no terminal."""
        command = self.var_expand(cmd, depth=1)
        process = subprocess.Popen(command, shell=True, executable="/bin/bash")
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise
        self.user_ns["_exit_code"] = code

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no GUI event loop."""

    def ask_exit(self) -> None:
        """`exit` and `quit` end the cell, not the session."""
        raise SystemExit(0)

    def _tee(self, channel: str) -> contextlib.AbstractContextManager[None]:
        """Nothing: IPython would keep a copy of everything that is ever printed."""
        return contextlib.nullcontext()

    def run(self, code: str) -> ExecutionResult:
        """Runs a cell, as run_cell(code, store_history=True) does."""
        # An earlier cell may have set another. It stays behind, unlike IPython's display_trap.
        sys.displayhook = self.displayhook
        compiled = self._compile_plain(code)
        if compiled is None:
            return self.run_cell(code, store_history=True)
        result: ExecutionResult | None = None
        try:
            result = self._run_plain(code, compiled)
        finally:
            if self._has_figures():
                self.events.trigger("post_execute")
            self.events.trigger("post_run_cell", result)
        return result

    def rehearse(self, code: str) -> None:
        """Runs a session's first cell, of which nothing is left: no history, no number."""
        history, count = self.history_manager, self.execution_count
        self.run(code)
        self.execution_count = count
        history._i00 = history._i = history._ii = history._iii = ""
        for entries in (history.input_hist_parsed, history.input_hist_raw, history.db_input_cache):
            entries.pop()
        for names in (self.user_ns, self.user_ns_hidden):
            for name in ("_i", "_ii", "_iii", f"_i{count}"):
                names.pop(name, None)
        self.last_execution_result = None

    def _may_be_magic(self, code: str) -> bool:
        """Whether IPython may read something else in `code` than Python does."""
        if self.input_transformers_post or self.ast_transformers or self.autocall:
            return True
        if _FOREIGN_START.match(code):
            return True
        if "\n" in code.rstrip("\n"):
            return False
        # One line: `pwd`, `ls -l` and `exit` are Python, but not meant as such.
        word = _FIRST_WORD.match(code)
        if word is None or _NO_MAGIC.match(code, word.end()):
            return False
        return word[0] in ("exit", "quit") or self.find_magic(word[0]) is not None

    def _compile_plain(self, code: str) -> list[CodeType] | None:
        """The statements, and the last expression; None if it is a cell for IPython."""
        if not code or self.ast_node_interactivity != "last_expr" or self._may_be_magic(code):
            return None
        name = self.compile.get_code_name(code, code, self.execution_count)
        try:
            if not _MAYBE_MORE.search(code):  # "single" then makes of it what follows, at once.
                part = self._compile_part(code, name, "single")
                return None if part.co_flags & inspect.CO_COROUTINE else [part]
            body = compile(code, name, "exec", self.compile.flags | ast.PyCF_ONLY_AST, True).body
            last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
            parts = [self._compile_part(ast.Module(body, []), name, "exec")] if body else []
            if last is not None:
                parts.append(self._compile_part(ast.Interactive([last]), name, "single"))
        except Exception:  # It will fail for IPython too, or is no Python; IPython will tell.
            return None
        for part in parts:
            if part.co_flags & inspect.CO_COROUTINE:
                return None
        return parts or None

    def _compile_part(self, source: str | ast.mod, name: str, mode: str) -> CodeType:
        """As codeop.Compile does it, with top-level await."""
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if self.autoawait else 0
        part: CodeType = compile(source, name, mode, self.compile.flags | flags, True)
        self.compile.flags |= part.co_flags & _FUTURES
        return part

    def _run_plain(self, code: str, compiled: list[CodeType]) -> ExecutionResult:
        info = ExecutionInfo(code, True, False, True, None, None, transformed_cell=code)
        result = ExecutionResult(info)
        count = result.execution_count = self.execution_count
        self.execution_count = count + 1
        self.events.trigger("pre_execute")
        self.events.trigger("pre_run_cell", info)
        self.history_manager.store_inputs(count, code, code)
        if self._logger is not None:
            self._logger.log(code, code)
        self.compile.cache(code, count, raw_code=code)
        self.displayhook.exec_result = result
        failed = False
        for part in compiled:
            failed = failed or self._run_part(part, result)
        self.displayhook.exec_result = None
        self.last_execution_succeeded = not failed
        self.last_execution_result = result
        return result

    def _run_part(self, part: CodeType, result: ExecutionResult) -> bool:
        """True if it raised; that has been shown then."""
        coroutine = self.run_code(part, result)
        try:
            coroutine.send(None)  # It awaits nothing.
        except StopIteration as done:
            return bool(done.value)
        raise RuntimeError("the code of a cell waits for something")
