"""Figure l: the zygote is killed under load."""

from __future__ import annotations

import os
import signal
import threading
import time

from carrel import Limits, Session
from carrel.errors import CarrelError

from bench import processes
from bench.context import IMAGE, Bench
from bench.driver import BenchError
from bench.measurement import Outcome, Part, measurement

PATIENCE = 60.0
GOAL_SECONDS = 2
# A limit that no warm interpreter has: only a zygote can make such a session.
UNUSUAL = Limits(open_file_count=777)


class Load:
    """Sessions that count up in a variable, each driven by a caller of its own, until end() is
    called.
    """

    def __init__(self, bench: Bench, count: int) -> None:
        self._stop = threading.Event()
        self.size = count
        self.lost: set[str] = set()
        self._sessions = [bench.client.create_session(IMAGE) for _ in range(count)]
        self._threads = [
            threading.Thread(target=self._work, args=(session,)) for session in self._sessions
        ]
        for thread in self._threads:
            thread.start()

    def _work(self, session: Session) -> None:
        """Adds one in each cell; a session that has lost its sum is lost."""
        count = 0
        try:
            session.execute("n = 0")
            while not self._stop.is_set():
                count += 1
                if session.execute("n += 1; print(n)").stdout != f"{count}\n":
                    self.lost.add(session.name)
        except CarrelError:
            self.lost.add(session.name)

    def end(self) -> None:
        """Stops the callers and deletes the sessions."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for session in self._sessions:
            try:
                if session.refresh().generation != 1:
                    self.lost.add(session.name)
                session.delete()
            except CarrelError:
                self.lost.add(session.name)


def until_served(bench: Bench, limits: Limits | None, since: float) -> float:
    """Seconds until a new session has answered a cell. Failed calls are retried, as by callers."""
    while time.monotonic() - since < PATIENCE:
        try:
            with bench.client.create_session(IMAGE, limits=limits) as session:
                if session.execute("print(1+1)").stdout == "2\n":
                    return time.monotonic() - since
        except CarrelError:
            time.sleep(0.01)
    raise BenchError(f"no new session within {PATIENCE:g} s")


def kill_once(bench: Bench, ready: list[float], forked: list[float]) -> None:
    """Kills a zygote once, and adds the times until new sessions are served."""
    # The image's zygote is the one that forked these.
    before = processes.zygotes(bench.server.pid)
    children = [bench.client.create_session(IMAGE, limits=UNUSUAL) for _ in range(3)]
    after = processes.zygotes(bench.server.pid)
    zygote = max(after, key=lambda pid: after[pid] - before.get(pid, 0))
    os.kill(zygote, signal.SIGKILL)
    killed = time.monotonic()
    ready.append(until_served(bench, None, killed))
    forked.append(until_served(bench, UNUSUAL, killed))
    for session in children:
        session.delete()


def zygote_killed(bench: Bench) -> Outcome:
    """Measures figure l: its value is the median time until a session past the pool answers."""
    ready: list[float] = []
    forked: list[float] = []
    load = Load(bench, bench.pick(8, 4))
    try:
        for _ in range(bench.pick(8, 2)):
            time.sleep(1)
            kill_once(bench, ready, forked)
    finally:
        load.end()
    served = measurement("kill to first result of a new session, past any pool", forked, "s")
    first = measurement("kill to first result of a new session", ready, "s")
    return Outcome(
        value=served.median,
        measured=served,
        parts=(
            Part("sessions lost", len(load.lost), "sessions", 0),
            Part("slowest new session", max(*ready, *forked), "s", GOAL_SECONDS),
        ),
        note=f"{len(forked)} kills, with {load.size} sessions at work",
        details=[first, served],
    )
