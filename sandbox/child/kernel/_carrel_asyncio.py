"""The session's event loop, as in a notebook: cells await in it, and it runs between cells.

A cell without `await` is not run by the loop, so that `asyncio.run` works there as in a script;
`asyncio.create_task` and similar functions use the session's loop nevertheless, and the tasks that
they start continue once the cell has ended. The loop is made when a session first needs it. A
session that never does waits for its next cell in C.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Coroutine
from typing import Any

import _carrel

_FRAME_FD = 3  # sandbox/child/confine/session_plan.h

_loop: asyncio.AbstractEventLoop | None = None
# The task of the cell that awaits.
_cell_task: asyncio.Task[Any] | None = None


def session_loop() -> asyncio.AbstractEventLoop:
    """Returns the session's loop; a new one if it has none, or if code has closed it."""
    global _loop
    if _loop is None or _loop.is_closed():
        _loop = asyncio.new_event_loop()
        _carrel.set_idle(run_between_cells)
    return _loop


class _Interrupts:
    """Handles SIGINT while a cell awaits, as asyncio.Runner does.

    A KeyboardInterrupt that is raised in the loop's own code may make the loop lose a callback that
    it has just dequeued, and the task would wait for that forever. So the first interrupt cancels
    the cell's task, unless that task runs at the moment: then the exception is raised there. The
    next one is raised wherever it arrives.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
        self._loop, self._task = loop, task
        self.count = 0

    def __enter__(self) -> _Interrupts:
        self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        if signal.getsignal(signal.SIGINT) == self._handle:
            signal.signal(signal.SIGINT, self._before)

    def _handle(self, _number: int, _frame: Any) -> None:
        self.count += 1
        if self.count > 1 or self._task.done() or asyncio.current_task(self._loop) is self._task:
            raise KeyboardInterrupt
        self._task.cancel()
        self._loop.call_soon_threadsafe(lambda: None)  # This wakes the loop.


def run_coroutine(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Runs a cell's coroutine in the session's loop.

    An interrupt ends the coroutine: it is cancelled, and awaited, since a cell that has ended must
    not continue inside another.
    """
    global _cell_task
    loop = session_loop()
    if loop.is_running():
        coroutine.close()
        raise RuntimeError("the session's event loop is running: use `await` instead")
    task = _cell_task = loop.create_task(coroutine)
    error: BaseException | None = None
    with _Interrupts(loop, task) as interrupts:
        while not task.done():
            try:
                loop.run_until_complete(task)
            except BaseException as raised:
                if task.done():
                    break
                error = error or raised
                interrupts.count += 1
                task.cancel()
                if interrupts.count > 2 and _close(coroutine):
                    break
    _cell_task = None
    if error is None and interrupts.count > 0:
        error = KeyboardInterrupt()
    if error is not None:
        if task.done() and not task.cancelled():
            task.exception()  # It is retrieved here, since no other code will.
        raise error
    return task.result()


def _close(coroutine: Coroutine[Any, Any, Any]) -> bool:
    """Ends the coroutine where it stands, as the loop does not reach it. False if it continues."""
    try:
        coroutine.close()
    except BaseException:
        return False
    return True


def run_between_cells(woken: bool) -> int:
    """Runs the session's loop until there is a frame to read.

    The interpreter calls it before it waits for a frame. A loop that only waits for a descriptor,
    or for another thread, needs no Python to wait: the function returns its selector's descriptor,
    and once that is readable the interpreter calls again, with `woken`. Otherwise it returns -1. It
    may raise what the tasks raise.
    """
    loop = _loop
    if loop is None or loop.is_closed() or loop.is_running():
        return -1
    if _cell_task is not None:
        _cell_task.cancel()  # The cell has ended, by an exception that came late.
    if not woken and _only_waits(loop):
        return int(loop._selector.fileno())  # type: ignore[attr-defined]
    _run_until_frame(loop)
    return -1


def _only_waits(loop: Any) -> bool:
    """Returns whether nothing is due: the selector sees every event. False for other loops."""
    return type(loop) is asyncio.SelectorEventLoop and not loop._ready and not loop._scheduled


def _run_until_frame(loop: asyncio.AbstractEventLoop) -> None:
    arrived = False

    def stop() -> None:
        nonlocal arrived
        arrived = True
        loop.stop()

    loop.add_reader(_FRAME_FD, stop)
    try:
        while not arrived and not loop.is_closed():
            loop.run_forever()  # This returns after `stop`, or a task's own call of loop.stop().
    finally:
        with contextlib.suppress(Exception):
            loop.remove_reader(_FRAME_FD)


def _get_running_loop() -> asyncio.AbstractEventLoop:
    """Replaces asyncio's function; on the main thread it falls back to the session's loop."""
    loop = asyncio._get_running_loop()
    if loop is not None:
        return loop
    if threading.current_thread() is threading.main_thread():
        return session_loop()
    raise RuntimeError("no running event loop")


class _Policy(asyncio.DefaultEventLoopPolicy):
    """A policy: the main thread's current loop is the session's, unless code has set another."""

    def get_event_loop(self) -> asyncio.AbstractEventLoop:
        own = self._local._loop  # type: ignore[attr-defined]
        usable = own is not None and not own.is_closed()
        if usable or threading.current_thread() is not threading.main_thread():
            return super().get_event_loop()
        return session_loop()


def prepare() -> None:
    """Installs the session's loop in asyncio; runs in the zygote."""
    asyncio.set_event_loop_policy(_Policy())
    _get_running_loop.__name__ = _get_running_loop.__qualname__ = "get_running_loop"
    asyncio.events.get_running_loop = _get_running_loop
    asyncio.get_running_loop = _get_running_loop
