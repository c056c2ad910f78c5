"""IPython's shell for a notebook: there is no terminal, and errors go to the host.

A session keeps a copy of each page that its first cell writes to, and accessing an object writes to
it. So a cell should access few objects. Traits are the most expensive: setting one makes two new
names, for which Python's method cache evicts others. So attributes that each cell sets are no
traits here.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from types import CodeType
from typing import Any

import _carrel
import _carrel_asyncio
from _carrel_display import Publisher, ResultHook
from _carrel_reading import Compiler, Reader, is_coroutine
from _carrel_tracebacks import Tracebacks
from IPython.core.autocall import ExitAutocall
from IPython.core.events import EventManager, available_events
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import (
    ExecutionInfo,
    ExecutionResult,
    InteractiveShell,
)
from traitlets import Type

# The time that an interrupted shell command has to end.
_PATIENCE_SECONDS = 1


class History(HistoryManager):
    """The history of inputs, in memory only."""

    # These are no traits; see above.
    _i00 = _i = _ii = _iii = ""  # type: ignore[assignment]
    input_hist_parsed = input_hist_raw = None  # type: ignore[assignment]

    def __init__(self, shell: ZMQInteractiveShell) -> None:
        self.input_hist_parsed, self.input_hist_raw = [""], [""]
        self._user = shell
        super().__init__(shell=shell, parent=shell)

    def store_inputs(self, line_num: int, source: str, source_raw: str | None = None) -> None:
        """Does what IPython's method does, except for a second copy, for its database."""
        raw = (source if source_raw is None else source_raw).rstrip("\n")
        # IPython's expression is slow, and most code need not be matched with it.
        if raw.lstrip()[:4] in ("exit", "quit") and self._exit_re.match(raw.strip()):
            return
        self.input_hist_parsed.append(source.rstrip("\n"))
        self.input_hist_raw.append(raw)
        self._iii, self._ii, self._i, self._i00 = self._ii, self._i, self._i00, raw
        names = {"_i": self._i, "_ii": self._ii, "_iii": self._iii, f"_i{line_num}": raw}
        self._user.user_ns.update(names)
        self._user.user_ns_hidden.update(names)

    def forget_last(self, line_num: int) -> None:
        """Removes the last input, the first one of a session, from the history."""
        self._i00 = self._i = self._ii = self._iii = ""
        self.input_hist_parsed.pop()
        self.input_hist_raw.pop()
        for names in (self._user.user_ns, self._user.user_ns_hidden):
            for name in ("_i", "_ii", "_iii", f"_i{line_num}"):
                names.pop(name, None)


class PlainResult(ExecutionResult):
    """The result of a cell, with `info` for code that asks for it."""

    def __init__(self, code: str, execution_count: int) -> None:
        self._code = code
        self.text = code
        self.execution_count = execution_count

    @property
    def info(self) -> ExecutionInfo:  # type: ignore[override]
        """The request that led to the result."""
        code = self._code
        return ExecutionInfo(code, True, False, True, None, None, transformed_cell=self.text)


class Events(EventManager):
    """Callbacks whose errors go to stderr, like all errors that do not end a cell."""

    def trigger(self, event: str, *args: Any, **kwargs: Any) -> None:
        for callback in self.callbacks[event][:]:
            try:
                callback(*args, **kwargs)
            except (Exception, KeyboardInterrupt):
                print(f"Error in callback {callback} (for {event}):", file=sys.stderr)
                self.shell.showtraceback()


class Exit(ExitAutocall):
    """`exit` and `quit` of cells: they end the cell, not the session, with Python's exit codes."""

    def __call__(self, code: Any = None) -> None:
        raise SystemExit(code)


class Kernel:
    """The type of `get_ipython().kernel`: libraries take a shell that has one for a notebook's."""

    def __init__(self, shell: ZMQInteractiveShell) -> None:
        self.shell = shell


class ZMQInteractiveShell(InteractiveShell):
    """The shell of a session. Libraries detect a notebook by this name; there is no ZeroMQ."""

    compiler_class = Type(Compiler)
    displayhook_class = Type(ResultHook)
    display_pub_class = Type(Publisher)
    # These are no traits; see above.
    execution_count = 1  # type: ignore[assignment]
    last_execution_succeeded = True  # type: ignore[assignment]
    last_execution_result = None  # type: ignore[assignment]

    # These are set by watch_figures.
    _figures: dict[Any, Any] | None = None
    _figure_state: dict[str, Any] | None = None
    _figure_callbacks: list[Any] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._reader = Reader(self)
        self.tracebacks = Tracebacks(self)
        self.kernel = Kernel(self)
        super().__init__(*args, **kwargs)
        self.loop_runner = _carrel_asyncio.run_coroutine
        for name in ("exit", "quit"):
            self.builtin_trap.auto_builtins[name] = self.exiter

    def _exiter_default(self) -> Exit:
        return Exit(self)

    def init_user_ns(self) -> None:
        """Removes IPython's `open`, which hides the builtin: patches of it would have no effect."""
        super().init_user_ns()
        for names in (self.user_ns, self.user_ns_hidden):
            names.pop("open", None)

    def init_traceback_handlers(self, custom_exceptions: Any) -> None:
        """Guards IPython's layout of a traceback, which may fail: see Tracebacks."""
        super().init_traceback_handlers(custom_exceptions)
        self.tracebacks.guard_layout(self.InteractiveTB)

    def init_events(self) -> None:
        """Makes the events without IPython's callback, whose work `run` does."""
        self.events = Events(self, available_events)

    def init_history(self) -> None:
        self.history_manager = self._history = History(self)
        self.configurables.append(self.history_manager)

    def watch_reading(self) -> None:
        """Records IPython's defaults, in the zygote, with the complete shell; see Reader.watch."""
        self._reader.watch()

    def watch_figures(self, figures: dict[Any, Any], state: dict[str, Any]) -> None:
        """Lets cells without figures skip the callbacks of `post_execute` that draw figures.

        `figures` are Matplotlib's open ones, `state` are the attributes of matplotlib-inline's
        `show`, which records figures that were closed meanwhile.
        """
        self._figures, self._figure_state = figures, state
        self._figure_callbacks = list(self.events.callbacks["post_execute"])

    def _has_figures(self) -> bool:
        """Returns whether there are figures, or other callbacks than those of `watch_figures`."""
        if self._figure_state is None:
            return True
        return (
            bool(self._figures)
            or self._figure_state["_draw_called"]
            or self.events.callbacks["post_execute"] != self._figure_callbacks
        )

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        self.tracebacks.show(etype, evalue, stb)

    def show_usage_error(self, exc: BaseException) -> None:
        """Shows a magic's message about its arguments: one line, with no traceback."""
        self.tracebacks.show(type(exc), exc, f"UsageError: {exc}")

    def system(self, cmd: str) -> None:  # type: ignore[override]
        """Runs a shell command; sets `_exit_code`. It uses no pty: there is no terminal."""
        command = self.var_expand(cmd, depth=1)
        process = subprocess.Popen(command, shell=True, executable="/bin/bash")
        try:
            code = process.wait()
        except BaseException:
            # The command was interrupted, too; one that ignores that and SIGTERM is killed.
            process.terminate()
            try:
                process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            raise
        self.user_ns["_exit_code"] = code

    def enable_gui(self, gui: str | None = None) -> None:
        """Does nothing: there is no GUI event loop."""

    def ask_exit(self) -> None:
        """Ends the cell, not the session; IPython calls it to leave."""
        raise SystemExit(0)

    def _tee(self, channel: str) -> contextlib.AbstractContextManager[None]:
        """Does nothing: IPython would keep a copy of everything that is ever printed."""
        return contextlib.nullcontext()

    def run(self, code: str) -> ExecutionResult:
        """Runs a cell, as run_cell(code, store_history=True) does, and does not show its error."""
        # An earlier cell may have set another. It is not restored, unlike IPython's display_trap.
        sys.displayhook = self.displayhook
        # IPython does this in _clear_warning_registry: warnings of earlier cells must not suppress
        # those of this one whose lines have the same numbers.
        self.user_module.__dict__.pop("__warningregistry__", None)
        result = PlainResult(code, self.execution_count)
        try:
            if code and not code.isspace():
                self._run_read(code, result)
        finally:
            if _carrel.is_owner():  # A fork that has returned from the cell does none of this.
                if self._has_figures():
                    self.events.trigger("post_execute")
                self._trigger("post_run_cell", result)
        return result

    def _run_read(self, code: str, result: PlainResult) -> None:
        parts: list[CodeType] = []
        try:
            result.text, parts = self._reader.read(code, result.execution_count)
        except BaseException as error:
            result.error_before_exec = error
        count = self.execution_count
        self.execution_count = count + 1
        self._trigger("pre_execute")
        if self.events.callbacks["pre_run_cell"]:
            self.events.trigger("pre_run_cell", result.info)
        self._history.store_inputs(count, result.text, code)
        if self._logger is not None:
            self._logger.log(result.text, code)
        if parts:
            self.displayhook.exec_result = result
            self._run_parts(parts, result)
            self.displayhook.exec_result = None
        self.last_execution_succeeded = result.success
        self.last_execution_result = result

    def _trigger(self, event: str, *args: Any) -> None:
        """Does what events.trigger does, which copies the list first."""
        if self.events.callbacks[event]:
            self.events.trigger(event, *args)

    def _run_parts(self, parts: list[CodeType], result: PlainResult) -> None:
        """Runs the parts as run_code of IPython does, without a coroutine if no part awaits."""
        before = self.sys_excepthook = sys.excepthook
        sys.excepthook = self.excepthook
        try:
            if any(map(is_coroutine, parts)):
                runner = self.trio_runner or self.loop_runner
                runner(self._await_parts(parts, result))
                return
            for part in parts:
                value = eval(part, self.user_module.__dict__, self.user_ns)
                if value is not None:
                    sys.displayhook(value)
        except BaseException as error:
            result.error_in_exec = _in_the_place_of(result.error_in_exec, error)
        finally:
            sys.excepthook = before

    async def _await_parts(self, parts: list[CodeType], result: PlainResult) -> None:
        """Does the same inside an event loop. It raises nothing, which would end the loop."""
        try:
            for part in parts:
                value = eval(part, self.user_module.__dict__, self.user_ns)
                if is_coroutine(part):
                    value = await value
                if value is not None:
                    sys.displayhook(value)
        except BaseException as error:
            result.error_in_exec = error

    def rehearse(self, code: str) -> None:
        """Does a warm-up run of a first cell, which leaves no trace: no history, no number."""
        count = self.execution_count
        self.run(code)
        self.execution_count = count
        self._history.forget_last(count)
        self.last_execution_result = None


def _in_the_place_of(cancellation: BaseException | None, error: BaseException) -> BaseException:
    """Returns the exception to show: an interrupt of an awaiting cell, where it was cancelled."""
    if cancellation is not None and cancellation is not error:
        return error.with_traceback(cancellation.__traceback__)
    return error
