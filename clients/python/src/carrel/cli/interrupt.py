"""Ctrl-C while a cell runs: the first cancels the execution, the second gives up waiting."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from carrel._names import new_execution_id
from carrel.cli.console import note
from carrel.errors import CarrelError
from carrel.events import Event
from carrel.result import Result
from carrel.session import Session


def execute_interruptibly(
    session: Session, code: str, timeout: float | None, on_event: Callable[[Event], None]
) -> Result:
    """Runs a cell as Session.execute does; raises KeyboardInterrupt at the second Ctrl-C."""
    execution_id = new_execution_id()
    with _cancel_on_interrupt(session, execution_id):
        return session.execute(code, timeout=timeout, execution_id=execution_id, on_event=on_event)


@contextmanager
def _cancel_on_interrupt(session: Session, execution_id: str) -> Iterator[None]:
    interrupted = False

    def cancel() -> None:
        try:
            session.cancel(execution_id)
        except CarrelError as error:
            note(f"could not cancel: {error}")

    def handle(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        if interrupted:
            raise KeyboardInterrupt
        interrupted = True
        # A signal handler must not wait for a lock that the code it interrupted may hold.
        threading.Thread(target=cancel, name="cancel", daemon=True).start()

    previous = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
