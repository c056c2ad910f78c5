"""Keeps the fork handlers of modules for the forks that a session makes.

The fork that makes a session needs none of them: the zygote has one thread, which holds no lock, so
there is no state to restore; and every object that is accessed after that fork becomes memory of
each session (its reference count is written). So the zygote keeps the handlers from the
interpreter, and a session registers one of each kind that calls them all.
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
    """Replaces os.register_at_fork."""
    if before is not None:
        _before.insert(0, before)  # The last one is called first, as in Python.
    if after_in_child is not None:
        _after_in_child.append(after_in_child)
    if after_in_parent is not None:
        _after_in_parent.append(after_in_parent)


def _call_all(handlers: Iterable[_Handler]) -> None:
    for handler in handlers:
        try:
            handler()
        except BaseException:  # As in Python, the others are called and the fork continues.
            sys.excepthook(*sys.exc_info())


def _call_before() -> None:
    _call_all(_before)


def _call_after_in_child() -> None:
    _call_all(_after_in_child)


def _call_after_in_parent() -> None:
    _call_all(_after_in_parent)


def begin_to_keep() -> None:
    """Starts to keep handlers; runs in the zygote before any module that has some is imported."""
    os.register_at_fork = _keep


def end_to_keep() -> None:
    """Stops keeping handlers; runs in the zygote after all imports."""
    os.register_at_fork = _register
    with contextlib.suppress(TypeError):
        _register(before=None)  # type: ignore[arg-type]  # Makes what it parses names with.


def call_from_now_on() -> None:
    """Registers the kept handlers; runs in a session."""
    _register(
        before=_call_before,
        after_in_child=_call_after_in_child,
        after_in_parent=_call_after_in_parent,
    )


begin_to_keep()
