"""A handle on a container's first process that never refers to another one."""

from __future__ import annotations

import os
import signal


class PidOne:
    """Pid 1 of a container, by its host pid; it has no effect once the process is gone."""

    def __init__(self, pid: int | None) -> None:
        self._descriptor: int | None = None
        if pid is not None:
            try:
                self._descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                return

    def __bool__(self) -> bool:
        return self._descriptor is not None

    def __del__(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def send(self, number: signal.Signals) -> None:
        """Sends a signal, unless the process has ended."""
        if self._descriptor is not None:
            try:
                signal.pidfd_send_signal(self._descriptor, number)
            except ProcessLookupError:
                return
