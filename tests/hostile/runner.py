"""Carries an attack out in a session, and inspects the session as a caller does."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import grpc
from carrel import CarrelError, Limits, Result, Session
from carrel.errors import ServerError
from support import SLOWNESS, survivors

import records
from attack import Attack, current_lane, differences, reports
from leftovers import pids_left
from target import Target

_CALL = re.compile(r"(list|read|stat|write|delete)(?: (.*?))?(?: x(\d+))?")


def carry_out(target: Target, attack: Attack) -> tuple[int, Any]:
    """Runs an attack and all checks, to the session's end; returns its user and its legacy."""
    record: dict[str, Any] = {"digest": attack.digest, "held": False}
    session = target.client.create_session(limits=Limits(**attack.limits))
    try:
        uid = target.uid_of(session)
        target.leftovers.remember_uid(uid)
        legacy = _attack(target, attack, session, record)
        _check_calls(target, attack, session, record)
        _check_next_cell(attack, session)
        target.check_alive()
        processes = target.processes_of(session)
        session.delete()
        assert survivors(processes) == set()
        assert pids_left(uid, target.server.pid) == []
        assert target.leftovers.strays() == set()
        assert not target.folder_of(session).exists()
        target.leftovers.check_processes()
        record["held"] = True
    finally:
        records.save(current_lane(), attack.name, _without_names(target, record))
        with contextlib.suppress(CarrelError):  # A failure here must not make the next tests fail.
            session.delete()
    return uid, legacy


def meet_heir(target: Target, attack: Attack, session: Session, legacy: Any) -> None:
    """Runs the attack again, in the session that has inherited the first one's user."""
    record: dict[str, Any] = records.load(current_lane())[attack.name]
    held, record["held"] = record["held"], False
    try:
        target.arm(session, heir=True, legacy=legacy)
        said = _said(session.execute(attack.code, timeout=attack.timeout * SLOWNESS))
        record["heir"] = said["observed"]
        assert differences(attack.heir, said["observed"]) == []
        record["held"] = held
    finally:
        records.save(current_lane(), attack.name, _without_names(target, record))


def _attack(target: Target, attack: Attack, session: Session, record: dict[str, Any]) -> Any:
    target.arm(session)
    result = session.execute(attack.code, timeout=attack.timeout * SLOWNESS)
    execution = result.execution
    told = (execution.cause, execution.message, result.error, result.stderr[-2000:])
    record["cause"] = str(execution.cause)
    if execution.signal:
        record["signal"] = execution.signal
    said = _said(result)
    assert execution.cause in attack.causes, told
    if attack.observed is not None:
        record["observed"] = said["observed"]
        assert differences(attack.observed, said["observed"]) == []
    if attack.signal:
        assert execution.signal == attack.signal
    if attack.ending:
        assert execution.ending == attack.ending
    for artifact in execution.artifacts[:5]:
        if artifact.size_bytes < 10 << 20:
            _call(target, session, "read", artifact)
    return said.get("legacy")


def _said(result: Result) -> dict[str, Any]:
    said = reports(result.stdout)
    execution = result.execution
    told = (execution.cause, execution.message, result.error, result.stderr[-2000:])
    assert said, f"it said nothing, so it may not have run: {told}"
    assert said[-1]["control"] is True, f"its positive control failed: {said[-1]}, {told}"
    return said[-1]


def _check_next_cell(attack: Attack, session: Session) -> None:
    timeout = 3 if attack.next_may_fail else 60
    following = session.execute("print(6 * 7)\n6 * 7", timeout=timeout * SLOWNESS)
    if not attack.next_may_fail:
        # A flood from remaining programs may surround the printed text, or displace it.
        assert "42\n" in following.stdout or following.text == "42", following.execution


def _check_calls(target: Target, attack: Attack, session: Session, record: dict[str, Any]) -> None:
    """Makes a caller's requests to the workspace: always a listing, then those of the header."""
    for text, expected in {"list": "OK", **attack.calls}.items():
        match = _CALL.fullmatch(text)
        assert match, f"{attack.name}: the header's call {text!r} is malformed"
        method, path, times = match.groups()
        answers = {_call(target, session, method, path) for _ in range(int(times or 1))}
        # The record of a race has the possible answers; that of a single call has the answer.
        told = " or ".join(expected) if times else answers.copy().pop()
        if text in attack.calls:
            record.setdefault("calls", {})[text] = told
        for answer in answers:
            found = differences(expected, answer)
            if found:
                record.setdefault("calls", {})[text] = answer
            assert found == [], text


def _call(target: Target, session: Session, method: str, path: Any) -> str:
    """Returns a caller's answer: OK, or the code of the error. It never has another's data."""
    try:
        if method == "list":
            assert len(list(session.files())) < 100_000
        elif method == "read":
            data = session.read_bytes(path)
            assert not any(secret in data for secret in target.secrets()), "a secret was read"
        elif method == "stat":
            session.file(path)
        elif method == "write":
            session.write_bytes(b"written by a caller", path)
        else:
            session.delete_file(path)
    except CarrelError as error:
        return _code(error)
    return "OK"


def _code(error: CarrelError) -> str:
    cause = error.__cause__
    if isinstance(error, ServerError) and isinstance(cause, grpc.Call):
        return str(cause.code().name)
    return type(error).__name__


def _without_names(target: Target, record: dict[str, Any]) -> dict[str, Any]:
    """Returns the record without the names that differ from run to run."""
    text = json.dumps(record)
    for name in (
        "neighbour_file",
        "victim",
        "log",
        "socket",
        "data_directory",
        "neighbour_folder",
        "neighbour_id",
    ):
        text = text.replace(target.facts[name], f"<{name}>")
    found: dict[str, Any] = json.loads(text)
    return found
