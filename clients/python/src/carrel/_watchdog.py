"""Ends calls that have no deadline when the server stands still.

A cell may print nothing for hours, so silence alone means nothing. While calls are open and no
message arrives, the watchdog periodically sends the server another request; only if that is not
answered are the calls cancelled. gRPC's keepalive does not suffice: it left an upload waiting that
had filled the socket, and its pings wait behind gRPC's own probes of the bandwidth.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable
from typing import Protocol

# Limits of a third of the time after which a server is considered to stand still, in seconds: the
# first third may pass before the silence is noticed, the second in waiting for more, the last one
# for the answer.
_SHORTEST_THIRD = 3.0
_LONGEST_THIRD = 20.0


class Cancellable(Protocol):
    """A gRPC call that can be cancelled."""

    def cancel(self) -> object:
        """Ends the call; has no effect on one that has ended."""


class WatchedCall:
    """A call that the watchdog may cancel; it is watched until end() or until it is forgotten."""

    def __init__(self, call: Cancellable, end: Callable[[], object]) -> None:
        self.end = end
        """Says that no more is waited for; of no effect when that was said."""
        self.progressed = False
        """Set when a message has passed: the server does not stand still."""
        self.server_stood_still = False
        self._call = call

    def give_up(self) -> None:
        """Cancels the call because the server stands still."""
        self.server_stood_still = True
        self._call.cancel()


class Watchdog:
    """Watches the calls of one connection, on a thread that lives while there are any."""

    def __init__(self, server_answers: Callable[[float], bool], rpc_timeout: float) -> None:
        """Takes a function that returns whether the server answers within the given seconds."""
        self._server_answers = server_answers
        self._third = min(max(rpc_timeout / 3, _SHORTEST_THIRD), _LONGEST_THIRD)
        # Accessed by atomic operations only, which need no lock: a stream that is garbage-collected
        # calls end() on any thread.
        self._watched: dict[int, weakref.ref[WatchedCall]] = {}
        self._keys = itertools.count()
        self._lock = threading.Lock()
        self._is_running = False
        self._closed = threading.Event()

    def watch(self, call: Cancellable) -> WatchedCall:
        """Watches `call` from now on."""
        key = next(self._keys)
        entries = self._watched
        watched = WatchedCall(call, lambda: entries.pop(key, None))
        entries[key] = weakref.ref(watched, lambda _: entries.pop(key, None))
        with self._lock:
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._run, name="carrel watchdog", daemon=True).start()
        return watched

    def close(self) -> None:
        """Ends the thread; the connection ends the calls."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.wait(self._third):
            with self._lock:
                calls = [call for entry in list(self._watched.values()) if (call := entry())]
                if not calls:
                    self._is_running = False
                    return
            if self._have_progressed(calls) or self._server_answers(self._third):
                continue
            if not self._closed.is_set() and not self._have_progressed(calls):
                for call in calls:
                    call.give_up()

    @staticmethod
    def _have_progressed(calls: list[WatchedCall]) -> bool:
        """Returns whether a message of any call has arrived since the last time."""
        progressed = [call for call in calls if call.progressed]
        for call in progressed:
            call.progressed = False
        return bool(progressed)
