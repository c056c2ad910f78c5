"""Sessions that attack, one random attack of tests/hostile after the other.

Each attack of that suite can be run: a session gets the suite's files (kit.py, facts.json), and
there are a neighbour and a victim as targets. Two things of the suite are left out. The second run
of an attack that has an heir needs a session with the same user id, for which heirs_test.py opens
thousands. And observations of an attack are noted here, but not judged: beside so many others some
run into their timeouts, or into each other.
"""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from attack import Attack, differences, load_all, reports
from carrel import Cause, Limits, Session
from carrel.errors import CarrelError
from chaos_board import Board
from support import SLOWNESS
from target import Target

ATTACKS = load_all()
MIB = 1 << 20
# 20 of these take 16 GiB at most, with the memory that a session may take beyond `memory_bytes`.
LIMITS = Limits(memory_bytes=512 * MIB, temporary_bytes=128 * MIB, workspace_bytes=512 * MIB)
_LONGEST = 30.0
# The shares of sessions that are deleted while they attack, and of those that attack again.
_DELETED, _AGAIN = 1 / 3, 1 / 3
_LATEST_DELETION = 10.0


def limits_of(attack: Attack) -> Limits:
    """Returns the limits that an attack needs, and otherwise ones that fit all into the machine."""
    asked: dict[str, Any] = dict(attack.limits)
    return replace(LIMITS, **asked)


class Attacker:
    """Runs attacks in one session at a time, until the run stops."""

    def __init__(
        self, number: int, seed: int, target: Target, board: Board, stopped: Callable[[], bool]
    ) -> None:
        self._number = number
        self._chance = random.Random(f"attacker {number} {seed}")
        self._target = target
        self._board = board
        self._stopped = stopped
        self._session: Session | None = None

    def work(self) -> None:
        """Runs attacks, again and again."""
        while not self._stopped():
            attack = self._chance.choice(ATTACKS)
            try:
                session = self._target.client.create_session("minimal", limits=limits_of(attack))
            except CarrelError as error:
                self._board.fault(f"no session for {attack.name}: {error}")
                continue
            self._session = session
            try:
                self._in(session, attack)
            finally:
                self.end_session()

    def end_session(self) -> None:
        """Deletes the session, if there is one; also called from another thread."""
        if (session := self._session) is None:
            return
        try:
            session.delete()
        except CarrelError as error:
            if type(error).__name__ != "NotFound":
                self._board.fault(f"a session could not be deleted: {error}")

    def _in(self, session: Session, attack: Attack) -> None:
        try:
            self._target.leftovers.remember_uid(self._target.uid_of(session))
            self._target.arm(session)
        except (CarrelError, OSError, AssertionError) as error:
            if not self._stopped():
                self._board.fault(f"a fresh session could not be used: {error!r}")
            return
        with self._doomed(session) as is_doomed:
            self._run(session, attack, judged=not is_doomed)
            if self._chance.random() < _AGAIN:
                self._run(session, self._chance.choice(ATTACKS), judged=False)
            with contextlib.suppress(CarrelError):
                list(session.files())

    @contextlib.contextmanager
    def _doomed(self, session: Session) -> Iterator[bool]:
        """Deletes the session at random while it attacks; yields whether it will."""
        if self._chance.random() >= _DELETED:
            yield False
            return
        timer = threading.Timer(self._chance.uniform(0, _LATEST_DELETION), self.end_session)
        timer.start()
        try:
            yield True
        finally:
            timer.cancel()
            timer.join()

    def _run(self, session: Session, attack: Attack, *, judged: bool) -> None:
        self._board.begin(self._number, attack.name)
        how = "the session was deleted"
        try:
            timeout = min(attack.timeout, _LONGEST) * SLOWNESS
            result = session.execute(attack.code, timeout=timeout)
            how = str(result.execution.cause)
            if result.execution.cause is Cause.SERVER_ERROR:
                self._board.note(f"{attack.name}: {result.execution.message}")
            if judged and not self._stopped():
                self._note(attack, how, result.stdout)
        except CarrelError as error:
            if judged and not self._stopped():
                self._board.fault(f"the call of {attack.name} failed: {error!r}")
        finally:
            self._board.end(self._number, how)

    def _note(self, attack: Attack, cause: str, stdout: str) -> None:
        said = reports(stdout)
        if cause not in attack.causes:
            self._board.note(f"{attack.name}: {cause}")
        elif attack.observed is not None:
            observed = said[-1]["observed"] if said else None
            for text in differences(attack.observed, observed):
                self._board.note(f"{attack.name}: {text}")
