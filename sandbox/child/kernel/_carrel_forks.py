"""What modules want done when the interpreter forks, kept for the forks of sessions.

The fork that makes a session needs none of it: the zygote has one thread, which holds no lock,
so there is nothing to put in order; and whatever is looked at after that fork becomes memory of
each session (its count of references is written). So the zygote keeps the handlers from the
interpreter, and a session gives it one of each kind that calls them all.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable

_Handler = Callable[[], object]

_register = os.register_at_fork
_before: list[_Handler] = []
_after_in_child: list[_Handler] = []
_after_in_parent: list[_Handler] = []


def _keep(
    *,
    before: _Handler | None = None,
    after_in_child: _Handler | None = None,
    after_in_parent: _Handler | None = None,
) -> None:
    """As os.register_at_fork."""
    if before is not None:
        _before.insert(0, before)  # The last comes first, as Python has it.
    if after_in_child is not None:
        _after_in_child.append(after_in_child)
    if after_in_parent is not None:
        _after_in_parent.append(after_in_parent)


def _call_all(handlers: Iterable[_Handler]) -> None:
    for handler in handlers:
        try:
            handler()
        except BaseException:  # As Python: the others are called, and the fork goes on.
            sys.excepthook(*sys.exc_info())


def _call_before() -> None:
    _call_all(_before)


def _call_after_in_child() -> None:
    _call_all(_after_in_child)


def _call_after_in_parent() -> None:
    _call_all(_after_in_parent)


def begin_to_keep() -> None:
    """In the zygote, before any module that has handlers is imported."""
    os.register_at_fork = _keep


def end_to_keep() -> None:
    """In the zygote, when all is imported."""
    os.register_at_fork = _register
    with contextlib.suppress(TypeError):
        _register(before=None)  # type: ignore[arg-type]  # Makes what it parses names with.


def call_from_now_on() -> None:
    """In a session."""
    _register(
        before=_call_before,
        after_in_child=_call_after_in_child,
        after_in_parent=_call_after_in_parent,
    )


begin_to_keep()
