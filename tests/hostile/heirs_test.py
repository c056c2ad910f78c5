"""Attacks on the next session that gets the attacker's user id.

Ids are reused last, so all these attacks leave their traces first; then sessions are opened and
closed until the first of the ids comes again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from carrel import Session

from attack import Attack, load_all
from leftovers import ODD_LIMITS
from runner import carry_out, meet_heir
from target import Target

HEIRS = {attack.name: attack for attack in load_all() if attack.heir is not None}
_MOST_IDS = 3000
_MOST_HELD = 4


@pytest.fixture(scope="module")
def legacies(target: Target) -> Iterator[dict[str, tuple[int, Any]]]:
    """Maps each attack to its session's user id and to the legacy that it reported."""
    yield {name: carry_out(target, attack) for name, attack in HEIRS.items()}


def test_heirs_were_found():
    assert len(HEIRS) >= 6


@pytest.mark.parametrize("name", HEIRS)
def test_next_session_of_the_same_user_inherits_nothing(target, legacies, name):
    attack: Attack = HEIRS[name]
    uid, legacy = legacies[name]
    with heir_of(target, uid) as session:
        meet_heir(target, attack, session, legacy)
    target.check_alive()


@contextmanager
def heir_of(target: Target, uid: int) -> Iterator[Session]:
    """Opens sessions until one has that user: warm ones and cold ones by turns."""
    held: deque[Session] = deque()  # The server makes new sessions only while some stay open.
    try:
        for number in range(_MOST_IDS):
            held.append(target.client.create_session(limits=ODD_LIMITS if number % 2 else None))
            if target.uid_of(held[-1]) == uid:
                break
            if len(held) > _MOST_HELD:
                held.popleft().delete()
        else:
            pytest.fail(f"user {uid} was never given again")
        session = held.pop()
        while held:
            held.pop().delete()
        with session:
            yield session
    finally:
        for session in held:
            session.delete()
