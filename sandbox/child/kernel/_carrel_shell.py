"""IPython's shell without a terminal: errors go to the host, `!cmd` writes to the pipes.

IPython takes a cell through some ten steps. Most of them leave a cell alone that is Python as it
stands, and they are most of what a short cell costs; `run` spares such a cell those steps, and
hands all others (magics, `!cmd`, `await` at the top level, anything that does not compile) to
IPython as they are.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import re
import subprocess
from types import CodeType
from typing import Any

import _carrel
from _carrel_display import Publisher, ResultHook
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


def name_of(etype: Any) -> bytes:
    """The name of an exception's type."""
    return str(getattr(etype, "__name__", etype)).encode("utf-8", "replace")


def message_of(evalue: Any) -> bytes:
    """An exception's text."""
    try:
        return str(evalue).encode("utf-8", "replace")
    except BaseException:  # A guest's __str__ may do anything.
        return b"<the exception has no printable message>"


class Shell(InteractiveShell):
    """The shell of a session."""

    displayhook_class = Type(ResultHook)
    display_pub_class = Type(Publisher)

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        text = "\n".join(stb) if isinstance(stb, list) else str(stb)
        _carrel.error(name_of(etype), message_of(evalue), text.encode("utf-8", "replace"))

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
        compiled = self._compile_plain(code)
        if compiled is None:
            return self.run_cell(code, store_history=True)
        result: ExecutionResult | None = None
        try:
            result = self._run_plain(code, compiled)
        finally:
            self.events.trigger("post_execute")
            self.events.trigger("post_run_cell", result)
        return result

    def rehearse(self, code: str) -> None:
        """Runs a cell of which nothing is left: not in the history, not in its numbering."""
        history = self.history_manager
        inputs = (history._i, history._ii, history._iii, history._i00)
        names, hidden = set(self.user_ns), set(self.user_ns_hidden)
        count = self.execution_count
        self.run(code)
        self.execution_count = count
        history._i, history._ii, history._iii, history._i00 = inputs
        for entries in (history.input_hist_parsed, history.input_hist_raw, history.db_input_cache):
            entries.pop()
        self.user_ns["_i"], self.user_ns["_ii"], self.user_ns["_iii"] = inputs[:3]
        for name in set(self.user_ns) - names:
            del self.user_ns[name]
        for name in set(self.user_ns_hidden) - hidden:
            del self.user_ns_hidden[name]
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
        compiler = self.compile
        name = compiler.get_code_name(code, code, self.execution_count)
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if self.autoawait else 0
        try:
            if not _MAYBE_MORE.search(code):  # "single" then makes of it what follows, at once.
                with compiler.extra_flags(flags):
                    part = compiler(code, name, "single")
                return None if part.co_flags & inspect.CO_COROUTINE else [part]
            body = compile(code, name, "exec", compiler.flags | ast.PyCF_ONLY_AST, True).body
            last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
            with compiler.extra_flags(flags):
                parts = [compiler(ast.Module(body, []), name, "exec")] if body else []
                if last is not None:
                    parts.append(compiler(ast.Interactive([last]), name, "single"))
        except Exception:  # It will fail for IPython too, or is no Python; IPython will tell.
            return None
        is_async = any(part.co_flags & inspect.CO_COROUTINE for part in parts)
        return None if is_async or not parts else parts

    def _run_plain(self, code: str, compiled: list[CodeType]) -> ExecutionResult:
        info = ExecutionInfo(code, True, False, True, None, None, transformed_cell=code)
        result = ExecutionResult(info)
        count = result.execution_count = self.execution_count
        self.execution_count = count + 1
        self.events.trigger("pre_execute")
        self.events.trigger("pre_run_cell", info)
        self.history_manager.store_inputs(count, code, code)
        self.logger.log(code, code)
        self.compile.cache(code, count, raw_code=code)
        with self.display_trap:
            self.displayhook.exec_result = result
            failed = any(self._run_part(part, result) for part in compiled)
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
