"""Forks of a process that has imported polars."""

import os
import sys
from types import ModuleType
from typing import Any

_SENTENCE = (
    "polars is used in a fork of a process that has imported it. Its threads are not there, so "
    "most of its functions wait for ever: use threads, or multiprocessing.get_context('spawn') "
    "with functions of a module."
)


def change(polars: ModuleType) -> None:
    """Have a fork say so on stderr when it first uses a frame or a series.

    The import itself starts polars's threads, and nothing starts them again in a fork. A fork that
    does not use polars is unaffected: statsmodels imports it, too.
    """
    attributes = (polars.DataFrame, "_df"), (polars.LazyFrame, "_ldf"), (polars.Series, "_s")
    os.register_at_fork(after_in_child=lambda: _watch(attributes))


def _watch(attributes: tuple[tuple[type, str], ...]) -> None:
    watches = [_Watch(frame, name) for frame, name in attributes]
    for watch in watches:
        watch.others = watches
        setattr(watch.frame, watch.name, watch)


class _Watch:
    """A placeholder for an attribute of all frames until one of them is used."""

    others: list["_Watch"]

    def __init__(self, frame: type, name: str) -> None:
        self.frame = frame
        self.name = name
        self._was = {name: vars(frame)[name]} if name in vars(frame) else {}

    def __get__(self, frame: Any, _: type | None = None) -> Any:
        self._warn()
        return getattr(self.frame if frame is None else frame, self.name)

    def __set__(self, frame: Any, value: Any) -> None:
        self._warn()
        setattr(frame, self.name, value)

    def _warn(self) -> None:
        for watch in self.others:
            delattr(watch.frame, watch.name)
            for name, value in watch._was.items():
                setattr(watch.frame, name, value)
        print(_SENTENCE, file=sys.stderr, flush=True)
