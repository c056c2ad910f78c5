"""Fixtures: the server under attack, and the recorder of the answers to hostile callers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import records
from attack import current_lane, digest_of
from target import Target, started_target

_PASSED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def target() -> Iterator[Target]:
    """One server for the whole suite; nothing may be left when it ends."""
    with started_target(
        images=["minimal"], interrupt_grace_period={"seconds": 1}, max_session_count=8
    ) as started:
        yield started


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Stores whether a test has passed, for its fixtures."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.when == "call":
        item.stash[_PASSED] = report.passed


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Iterator[Callable[[Any], None]]:
    """Records the answers that a hostile caller got."""
    said: list[Any] = []
    yield said.append
    test = request.function
    name = request.node.name.removeprefix("test_")
    record = {
        "digest": digest_of(inspect.getsource(test)),
        "held": request.node.stash.get(_PASSED, False) and bool(said),
        "observed": said[-1] if said else None,
    }
    records.save(current_lane(), f"caller: {name}", record)
