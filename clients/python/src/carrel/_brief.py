"""Values whose repr is one line, however much data of a guest they hold."""

from __future__ import annotations

import reprlib
from dataclasses import fields
from typing import Any

_MOST_CHARACTERS = 1000


class _Short(reprlib.Repr):
    """Works as reprlib, but shows bytes by their number only."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = 60
        self.maxother = _MOST_CHARACTERS // 2
        self.maxtuple = self.maxdict = 4

    def repr_bytes(self, value: bytes, _level: int) -> str:
        return f"<{len(value):,} bytes>"


_SHORT = _Short()


class Brief:
    """Gives dataclasses (made with repr=False) a repr of one line and bounded length.

    Bytes are shown by their number, long texts and many items are cut; str() of a field, or the
    field itself, has all of it.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        values: dict[str, Any] = {
            field.name: getattr(self, field.name)
            for field in fields(self)  # type: ignore[arg-type]
        }
        inside = ", ".join(f"{name}={_SHORT.repr(value)}" for name, value in values.items())
        text = f"{type(self).__name__}({inside})"
        if len(text) <= _MOST_CHARACTERS:
            return text
        return f"{text[: _MOST_CHARACTERS - 2]}…)"
