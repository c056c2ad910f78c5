"""Every attack of attacks/, each in a session of its own; all other sessions must still work."""

from __future__ import annotations

import pytest
from support import value

from attack import LANES, WORDS, Attack, differences, load_all, parse_header
from runner import carry_out

ATTACKS = load_all()
# Numbers 51 and 52 are about this suite; callers_test.py covers 50.
NUMBERS = set(range(1, 50)) - {24}  # A row of tests/compatibility covers 24.


def test_attacks_were_found():
    assert len(ATTACKS) >= 160, "a suite that ran nothing must be red"
    assert {g for attack in ATTACKS for g in attack.guarantees} == {f"G{n}" for n in range(1, 10)}
    assert {number for attack in ATTACKS for number in attack.numbers} >= NUMBERS


def test_headers_are_read_for_every_lane():
    for lane in LANES:
        assert len(load_all(lane)) == len(ATTACKS)
    text = 'observed: {"a":\n  1}\nobserved.container: {"a": 2}\n'
    assert parse_header(text, "native") == {"observed": '{"a": 1}'}
    assert parse_header(text, "container") == {"observed": '{"a": 2}'}


def test_differences_are_found():
    assert differences({"a": ["EPERM", "SIGSYS"]}, {"a": "EPERM"}) == []
    assert differences({"a": ["EPERM"]}, {"a": "OK"}) != []
    assert differences({"a": []}, {"a": ["/etc/shadow"]}) != []
    assert differences({"a": []}, {"a": None}) != []
    assert differences({"a": "EPERM"}, {}) != []
    assert differences({}, {"more": "OK"}) != []
    assert differences({"a": "refused"}, {"a": "EPERM"}) == []
    assert differences({"a": ["refused", "EINVAL"]}, {"a": "EINVAL"}) == []
    assert differences({"a": "nobody"}, {"a": "OK"}) != []
    assert not any("OK" in words or "errno 0" in words for words in WORDS.values())


@pytest.mark.parametrize(
    "attack", [attack for attack in ATTACKS if attack.heir is None], ids=lambda attack: attack.name
)
def test_attack_fails_and_hurts_nobody_else(target, attack: Attack):
    carry_out(target, attack)


def test_interpreter_after_every_attack_is_a_fresh_one(target):
    with target.client.create_session() as session:
        session.execute("import builtins; builtins.print = None; import os; os._exit(1)")
        assert value(session, "6 * 7") == "42"


def test_service_has_leaked_no_process_and_no_descriptor(target):
    target.check_alive()
    before = target.leftovers.descriptors()
    for _ in range(10):
        target.client.create_session().delete()
    target.leftovers.check_descriptors(before)
    target.leftovers.check_processes()
