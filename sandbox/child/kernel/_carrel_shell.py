"""IPython's shell as a notebook has it: without a terminal, errors go to the host.

A session keeps a copy of each page that its first cell writes to, and looking at an object writes
to it. So a cell should look at little. Traits are the dearest: setting one makes two names that
nobody has seen before, for which Python's cache of methods forgets others. What each cell sets is
therefore no trait here.
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

# For a shell command to end once it was interrupted.
_PATIENCE_SECONDS = 1


class History(HistoryManager):
    """What was run; in memory only."""

    # No traits; see above.
    _i00 = _i = _ii = _iii = ""  # type: ignore[assignment]
    input_hist_parsed = input_hist_raw = None  # type: ignore[assignment]

    def __init__(self, shell: ZMQInteractiveShell) -> None:
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

    def forget_last(self, line_num: int) -> None:
        """As if the last input, the first one of a session, had not been."""
        self._i00 = self._i = self._ii = self._iii = ""
        self.input_hist_parsed.pop()
        self.input_hist_raw.pop()
        for names in (self._user.user_ns, self._user.user_ns_hidden):
            for name in ("_i", "_ii", "_iii", f"_i{line_num}"):
                names.pop(name, None)


class PlainResult(ExecutionResult):
    """What became of a cell, and `info` for those who ask."""

    def __init__(self, code: str, execution_count: int) -> None:
        self._code = code
        self.text = code
        self.execution_count = execution_count

    @property
    def info(self) -> ExecutionInfo:  # type: ignore[override]
        """What it was asked for."""
        code = self._code
        return ExecutionInfo(code, True, False, True, None, None, transformed_cell=self.text)


class Events(EventManager):
    """Callbacks whose errors are told on stderr, as all that is shown without ending a cell."""

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
    """What `get_ipython().kernel` is: libraries take a shell that has one for a notebook's."""

    def __init__(self, shell: ZMQInteractiveShell) -> None:
        self.shell = shell


class ZMQInteractiveShell(InteractiveShell):
    """The shell of a session. Libraries know a notebook by this name; there is no ZeroMQ."""

    compiler_class = Type(Compiler)
    displayhook_class = Type(ResultHook)
    display_pub_class = Type(Publisher)
    # No traits; see above.
    execution_count = 1  # type: ignore[assignment]
    last_execution_succeeded = True  # type: ignore[assignment]
    last_execution_result = None  # type: ignore[assignment]

    # Set by watch_figures.
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
        """As IPython's, whose `open` hides the builtin: patches of it would have no effect."""
        super().init_user_ns()
        for names in (self.user_ns, self.user_ns_hidden):
            names.pop("open", None)

    def init_traceback_handlers(self, custom_exceptions: Any) -> None:
        """As IPython's, whose layout of a traceback may fail: see Tracebacks."""
        super().init_traceback_handlers(custom_exceptions)
        self.tracebacks.guard_layout(self.InteractiveTB)

    def init_events(self) -> None:
        """As IPython's, without a callback for what `run` does."""
        self.events = Events(self, available_events)

    def init_history(self) -> None:
        self.history_manager = self._history = History(self)
        self.configurables.append(self.history_manager)

    def watch_reading(self) -> None:
        """In the zygote, when the shell is as sessions get it; see Reader.watch."""
        self._reader.watch()

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
        self.tracebacks.show(etype, evalue, stb)

    def show_usage_error(self, exc: BaseException) -> None:
        """What a magic says of its arguments: one line, with no traceback."""
        self.tracebacks.show(type(exc), exc, f"UsageError: {exc}")

    def system(self, cmd: str) -> None:  # type: ignore[override]
        """Runs a shell command; sets `_exit_code`. No pty: there is no terminal."""
        command = self.var_expand(cmd, depth=1)
        process = subprocess.Popen(command, shell=True, executable="/bin/bash")
        try:
            code = process.wait()
        except BaseException:
            # It was interrupted, too; what obeys neither that nor this is not waited for.
            process.terminate()
            try:
                process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            raise
        self.user_ns["_exit_code"] = code

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no GUI event loop."""

    def ask_exit(self) -> None:
        """What IPython calls to leave ends the cell, not the session."""
        raise SystemExit(0)

    def _tee(self, channel: str) -> contextlib.AbstractContextManager[None]:
        """Nothing: IPython would keep a copy of everything that is ever printed."""
        return contextlib.nullcontext()

    def run(self, code: str) -> ExecutionResult:
        """Runs a cell, as run_cell(code, store_history=True) does, and shows no error of it."""
        # An earlier cell may have set another. It stays behind, unlike IPython's display_trap.
        sys.displayhook = self.displayhook
        # As _clear_warning_registry: where lines have the same numbers, others are warned of.
        self.user_module.__dict__.pop("__warningregistry__", None)
        result = PlainResult(code, self.execution_count)
        try:
            if code and not code.isspace():
                self._run_read(code, result)
        finally:
            if _carrel.is_owner():  # Not in a fork that has returned from the cell.
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
        """As events.trigger, which copies the list first."""
        if self.events.callbacks[event]:
            self.events.trigger(event, *args)

    def _run_parts(self, parts: list[CodeType], result: PlainResult) -> None:
        """As run_code of IPython, without a coroutine where nothing awaits."""
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
        """The same inside of an event loop. It raises nothing: a loop would be ended by it."""
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
        """Runs a session's first cell, of which nothing is left: no history, no number."""
        count = self.execution_count
        self.run(code)
        self.execution_count = count
        self._history.forget_last(count)
        self.last_execution_result = None


def _in_the_place_of(cancellation: BaseException | None, error: BaseException) -> BaseException:
    """An interrupt of a cell that awaited is shown where the cell was cancelled."""
    if cancellation is not None and cancellation is not error:
        return error.with_traceback(cancellation.__traceback__)
    return error
