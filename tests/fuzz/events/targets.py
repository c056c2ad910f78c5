"""The processes to which signals are sent: only ever those below the carreld of this run."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

from carrel.testing import LocalServer
from support import (
    children_of,
    parent_of,
    pids_of_uid,
    session_folders,
    start_time,
    tree_below,
    zygotes,
)


class Named:
    """The part of a session that session_folders() reads."""

    def __init__(self, session_id: str) -> None:
        self.id = session_id


class Targets:
    """Finds processes of a server and its sessions, and sends them signals."""

    def __init__(self, server: LocalServer) -> None:
        self._server = server
        self._timers: list[threading.Timer] = []

    def find(self, target: str, session_id: str) -> int | None:
        """Returns the process in that role, if there is one now."""
        if target in ("zygote", "spare"):
            pids = [pid for pid, name in zygotes(self._server).items() if name.endswith(target)]
            return pids[0] if pids else None
        # Start times order processes by their creation; pids would not after a wrap-around.
        pids = sorted(self._pids(session_id), key=lambda pid: int(start_time(pid) or 0))
        if not pids:
            return None
        with suppress(IndexError, ProcessLookupError):
            supervisor = parent_of(pids[0])
            if target == "supervisor":
                return supervisor if supervisor not in (0, 1, self._server.pid) else None
            if target == "interpreter":
                return pids[0]
        others = pids[1:]
        return others[-1] if target == "child" and others else None

    def _pids(self, session_id: str) -> list[int]:
        folders = session_folders(self._server, Named(session_id))  # type: ignore[arg-type]
        try:
            uid = (folders[0] / "files").stat().st_uid
        except (IndexError, OSError):
            return []
        return pids_of_uid(uid)

    def send(self, pid: int, name: str, ms: int) -> bool:
        """Sends a signal if that process is ours; a stopped process continues after `ms`."""
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return False
        # The pidfd was opened first, so the process checked here is the one that it refers to.
        if pid not in tree_below(self._server.pid):
            os.close(descriptor)
            return False
        self._send(descriptor, signal.Signals[name])
        if name != "SIGSTOP":
            os.close(descriptor)
            return True
        timer = threading.Timer(ms / 1000, self._go_on, [descriptor])
        timer.start()
        self._timers.append(timer)
        return True

    def _go_on(self, descriptor: int) -> None:
        self._send(descriptor, signal.SIGCONT)
        os.close(descriptor)

    def _send(self, descriptor: int, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, number)

    def join(self) -> None:
        """Waits until no process is stopped any more."""
        for timer in self._timers:
            timer.join()
        self._timers.clear()


def descriptors_of(pid: int) -> list[str]:
    """Returns the targets of a process's open descriptors."""
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found.append(str(link.readlink()))
    return found


def launcher_of(server: LocalServer) -> int:
    (launcher,) = children_of(server.pid)
    return launcher
