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
import bdb
import contextlib
import inspect
import linecache
import re
import subprocess
import sys
import traceback
from types import CodeType
from typing import Any

import _carrel
from _carrel_display import Publisher, ResultHook
from _carrel_errors import limit_of, message_of, name_of
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
_NO_MAGIC = re.compile(r"[^\W\d]\w*\s*[=(.]")
# With one of these, code may be more than one simple statement.
_MAYBE_MORE = re.compile(r"[\n;:@]")
# A simple statement without is an expression.
_NO_EXPRESSION = re.compile(
    r"(?:assert|break|continue|del|from|global|import|nonlocal|pass|raise|return)\b|.*="
)

# The traits that decide how a cell is read.
_TRAITS = (
    "ast_node_interactivity",
    "ast_transformers",
    "autoawait",
    "autocall",
    "input_transformers_post",
)

# What `from __future__ import ...` sets.
_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag


class Compiler(CachingCompiler):
    """Knows the cells' texts, for tracebacks."""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """By Python's own hash: SHA-1 takes OpenSSL along."""
        return f"<ipython-input-{number}-{hash(transformed_code) & 0xFFFFFFFFFFFF}>"

    def cache(self, transformed_code: str, number: int = 0, raw_code: str | None = None) -> str:
        """As IPython's, without a function that is made for each cell."""
        name = self.get_code_name(raw_code or transformed_code, transformed_code, number)
        self.remember(name, transformed_code, number)
        return name

    def remember(self, name: str, code: str, number: int) -> None:
        """The part of `cache` that is left if the name is known."""
        self._filename_map[name] = number
        lines = code.splitlines()
        for i, line in enumerate(lines):
            lines[i] = line + "\n"
        linecache.cache[name] = (len(code), None, lines, name)


class History(HistoryManager):
    """What was run; in memory only."""

    # No traits; see above.
    _i00 = _i = _ii = _iii = ""  # type: ignore[assignment]
    input_hist_parsed = input_hist_raw = None  # type: ignore[assignment]

    def __init__(self, shell: Shell) -> None:
        self.input_hist_parsed, self.input_hist_raw = [""], [""]
        self._user = shell
        super().__init__(shell=shell, parent=shell)

    def store_inputs(self, line_num: int, source: str, source_raw: str | None = None) -> None:
        """As IPython's, which would keep it once more, for its database."""
        raw = (source if source_raw is None else source_raw).rstrip("\n")
        # IPython's expression, which most code need not be matched with.
        if raw.lstrip()[:4] in ("exit", "quit") and self._exit_re.match(raw.strip()):
            return
        self.input_hist_parsed.append(source.rstrip("\n"))
        self.input_hist_raw.append(raw)
        self._iii, self._ii, self._i, self._i00 = self._ii, self._i, self._i00, raw
        names = {"_i": self._i, "_ii": self._ii, "_iii": self._iii, f"_i{line_num}": raw}
        self._user.user_ns.update(names)
        self._user.user_ns_hidden.update(names)


class PlainResult(ExecutionResult):
    """What became of a cell, and `info` for those who ask."""

    def __init__(self, code: str, execution_count: int) -> None:
        self._code = code
        self.execution_count = execution_count

    @property
    def info(self) -> ExecutionInfo:  # type: ignore[override]
        """What it was asked for."""
        code = self._code
        return ExecutionInfo(code, True, False, True, None, None, transformed_cell=code)


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # To read a trait takes 1,800 instructions. Here they are as they are now, once each has
        # been read.
        for name in _TRAITS:
            getattr(self, name)
        self._values: dict[str, Any] = self._trait_values

    def init_events(self) -> None:
        """One callback less: `run` does what it would."""
        super().init_events()
        self.events.unregister("pre_execute", self._clear_warning_registry)

    def init_history(self) -> None:
        self.history_manager = self._history = History(self)
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
        # As _clear_warning_registry: where lines have the same numbers, others are warned of.
        self.user_module.__dict__.pop("__warningregistry__", None)
        name = self.compile.get_code_name(code, code, self.execution_count)
        compiled = self._compile_plain(code, name)
        if compiled is None:
            return self.run_cell(code, store_history=True)
        result: ExecutionResult | None = None
        try:
            result = self._run_plain(code, name, compiled)
        finally:
            if self._has_figures():
                self.events.trigger("post_execute")
            self._trigger("post_run_cell", result)
        return result

    def _trigger(self, event: str, *args: Any) -> None:
        """As events.trigger, which copies the list first."""
        if self.events.callbacks[event]:
            self.events.trigger(event, *args)

    def rehearse(self, code: str) -> None:
        """Runs a session's first cell, of which nothing is left: no history, no number."""
        history, count = self._history, self.execution_count
        self.run(code)
        self.execution_count = count
        history._i00 = history._i = history._ii = history._iii = ""
        history.input_hist_parsed.pop()
        history.input_hist_raw.pop()
        for names in (self.user_ns, self.user_ns_hidden):
            for name in ("_i", "_ii", "_iii", f"_i{count}"):
                names.pop(name, None)
        self.last_execution_result = None

    def _may_be_magic(self, code: str) -> bool:
        """Whether IPython may read something else in `code` than Python does."""
        if _NO_MAGIC.match(code):
            return False
        if _FOREIGN_START.match(code):
            return True
        if "\n" in code.rstrip("\n"):
            return False
        # One line: `pwd`, `ls -l` and `exit` are Python, but not meant as such.
        word = _FIRST_WORD.match(code)
        if word is None:
            return False
        return word[0] in ("exit", "quit") or self.find_magic(word[0]) is not None

    def _compile_plain(self, code: str, name: str) -> list[CodeType] | None:
        """The statements, and the last expression; None if it is a cell for IPython."""
        traits = self._values
        if traits["input_transformers_post"] or traits["ast_transformers"] or traits["autocall"]:
            return None
        if not code or traits["ast_node_interactivity"] != "last_expr" or self._may_be_magic(code):
            return None
        try:
            if not _MAYBE_MORE.search(code):
                # What follows would make the same of it. An expression compiles faster as such, an
                # eighth; what may be either is a statement that shows its value, if it has one.
                mode = "single" if _NO_EXPRESSION.match(code) else "eval"
                part = self._compile_part(code, name, mode)
                return None if part.co_flags & inspect.CO_COROUTINE else [part]
            body = compile(code, name, "exec", self.compile.flags | ast.PyCF_ONLY_AST, True).body
            last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
            parts = [self._compile_part(ast.Module(body, []), name, "exec")] if body else []
            if last is not None:
                parts.append(self._compile_part(ast.Expression(last.value), name, "eval"))
        except Exception:  # It will fail for IPython too, or is no Python; IPython will tell.
            return None
        for part in parts:
            if part.co_flags & inspect.CO_COROUTINE:
                return None
        return parts or None

    def _compile_part(self, source: str | ast.mod, name: str, mode: str) -> CodeType:
        """As codeop.Compile does it, with top-level await."""
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if self._values["autoawait"] else 0
        part: CodeType = compile(source, name, mode, self.compile.flags | flags, True)
        self.compile.flags |= part.co_flags & _FUTURES
        return part

    def _run_plain(self, code: str, name: str, compiled: list[CodeType]) -> ExecutionResult:
        count = self.execution_count
        result = PlainResult(code, count)
        self.execution_count = count + 1
        self._trigger("pre_execute")
        if self.events.callbacks["pre_run_cell"]:
            self.events.trigger("pre_run_cell", result.info)
        self._history.store_inputs(count, code, code)
        if self._logger is not None:
            self._logger.log(code, code)
        self.compile.remember(name, code, count)
        self.displayhook.exec_result = result
        failed = False
        for part in compiled:
            failed = failed or self._run_part(part, result)
        self.displayhook.exec_result = None
        self.last_execution_succeeded = not failed
        self.last_execution_result = result
        return result

    def _run_part(self, part: CodeType, result: ExecutionResult) -> bool:
        """As run_code, without a coroutine. True if it raised; that has been shown then."""
        __tracebackhide__ = "__ipython_bottom__"
        before = self.sys_excepthook = sys.excepthook
        sys.excepthook = self.excepthook
        try:
            try:
                value = eval(part, self.user_module.__dict__, self.user_ns)
                if value is not None:
                    sys.displayhook(value)
            finally:
                sys.excepthook = before
        except BaseException as error:
            result.error_in_exec = error
            self._show_error(error)
            return True
        return False

    def _show_error(self, error: BaseException) -> None:
        """While it is handled."""
        if isinstance(error, SystemExit):
            self.showtraceback(exception_only=True)
        elif isinstance(error, bdb.BdbQuit):
            pass  # The kernel tells.
        elif isinstance(error, self.custom_exceptions):
            self.CustomTB(type(error), error, error.__traceback__)
        else:
            self.showtraceback(running_compiled_code=True)
