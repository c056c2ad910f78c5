"""Every attack of attacks/, each in a session of its own; afterwards all others must be well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from carrel import Limits
from support import eventually, pids_of_uid, value

from attack import KIT, Attack, differences, load_all, reports

ATTACKS = load_all()


def test_attacks_were_found():
    assert len(ATTACKS) >= 40, "a suite that ran nothing must be red"
    assert {g for attack in ATTACKS for g in attack.guarantees} == {f"G{n}" for n in range(1, 10)}


def test_differences_are_found():
    assert differences({"a": ["EPERM", "SIGSYS"]}, {"a": "EPERM"}) == []
    assert differences({"a": ["EPERM"]}, {"a": "OK"}) != []
    assert differences({"a": []}, {"a": ["/etc/shadow"]}) != []
    assert differences({"a": "EPERM"}, {}) != []
    assert differences({}, {"more": "OK"}) != []


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack_fails_and_hurts_nobody_else(target, attack: Attack):
    session = target.client.create_session(limits=Limits(**attack.limits))
    uid = target.uid_of(session)
    session.write_bytes(KIT.read_bytes(), "kit.py")
    session.write_bytes(json.dumps(target.facts).encode(), "facts.json")

    result = session.execute(attack.code, timeout=attack.timeout)

    execution = result.execution
    told = (execution.cause, execution.message, result.error, result.stderr[-2000:])
    said = reports(result.stdout)
    assert said, f"it said nothing, so it may not have run: {told}"
    assert said[-1]["control"] is True, "its positive control failed"
    assert execution.cause in attack.causes, told
    if attack.observed is not None:
        assert differences(attack.observed, said[-1]["observed"]) == []
    if attack.signal:
        assert execution.signal == attack.signal
    if attack.ending:
        assert execution.ending == attack.ending

    following = session.execute("print(6 * 7)", timeout=3 if attack.next_may_fail else 60)
    if not attack.next_may_fail:
        assert "42\n" in following.stdout, following
    target.check_alive()

    session.delete()
    assert pids_of_uid(uid) == []
    assert not (target.server.data_directory / "sessions" / session.id).exists()


def test_interpreter_after_every_attack_is_a_fresh_one(target):
    with target.client.create_session() as session:
        session.execute("import builtins; builtins.print = None; import os; os._exit(1)")
        assert value(session, "6 * 7") == "42"


def test_service_has_leaked_no_process_and_no_descriptor(target):
    def descriptors():
        return len(list(Path(f"/proc/{target.server.pid}/fd").iterdir()))

    target.check_alive()
    before = descriptors()
    for _ in range(10):
        target.client.create_session().delete()
    eventually(lambda: descriptors() <= before + 2, "descriptors are closed")
