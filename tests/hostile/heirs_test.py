"""Attacks on whoever gets the attacker's user id next.

Ids are reused last, so all these attacks leave what they leave first; then sessions are opened and
closed until the first of the ids comes again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from attack import Attack, load_all
from conftest import Target
from runner import carry_out, meet_heir

HEIRS = {attack.name: attack for attack in load_all() if attack.heir is not None}
_MOST_IDS = 3000


@pytest.fixture(scope="module")
def legacies(target: Target) -> Iterator[dict[str, tuple[int, Any]]]:
    """What each attack has left: the user id, and its legacy."""
    yield {name: carry_out(target, attack) for name, attack in HEIRS.items()}


def test_heirs_were_found():
    assert len(HEIRS) >= 6


@pytest.mark.parametrize("name", HEIRS)
def test_next_session_of_the_same_user_inherits_nothing(target, legacies, name):
    attack: Attack = HEIRS[name]
    uid, legacy = legacies[name]
    for _ in range(_MOST_IDS):
        session = target.client.create_session()
        if target.uid_of(session) == uid:
            break
        session.delete()
    else:
        pytest.fail(f"user {uid} was never given again")
    with session:
        meet_heir(target, attack, session, legacy)
    target.check_alive()
