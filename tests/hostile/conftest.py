"""Fixtures: what is attacked, and who keeps what hostile callers were told."""

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
    """One server for the whole suite; when it ends nothing may be left."""
    with started_target(
        images=["minimal"], interrupt_grace_period={"seconds": 1}, max_session_count=8
    ) as started:
        yield started


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Lets fixtures know whether their test has passed."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.when == "call":
        item.stash[_PASSED] = report.passed


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Iterator[Callable[[Any], None]]:
    """Takes what a hostile caller was told, for the record."""
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
