"""JSON of a guest's objects: always valid, and never an exception.

The numbers of any library stay numbers. NaN and the infinities, which JSON lacks, become null, as
JavaScript writes them. An object that has no counterpart in JSON becomes its text.
"""

from __future__ import annotations

import base64
import enum
import itertools
import json
import math
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any

# The maximum nesting: values below it, or inside themselves, are cut off.
_MOST_LEVELS = 100
# The maximum number of items of one iterable, which may be infinite.
_MOST_ITEMS = 200_000
_CUT = "…"
# Python may refuse to write an integer with more bits in decimal.
_BITS_OF_A_WRITABLE_INTEGER = 2000
_MISSING = ("NAType", "NaTType")  # Pandas' missing values, which are not equal to anything.


def is_json(mime_type: str) -> bool:
    """Returns whether representations of that type are JSON, e.g. application/geo+json."""
    name = mime_type.partition(";")[0].strip().lower()
    return name == "application/json" or name.endswith("+json")


def encode(value: Any) -> bytes:
    """Returns a value as JSON."""
    known: dict[int, tuple[Any, Any]] = {}
    try:
        return _write(value, known)
    except (
        Exception
    ):  # A NaN, a bad key or a circular reference; or a method of the guest's raised.
        pass
    try:
        return _write(_clean(value, known, _MOST_LEVELS, set()), known)
    except Exception:  # No memory or no stack may be left.
        return json.dumps(_CUT).encode()


def encode_text(text: str) -> bytes:
    """Encodes a representation that was given as a string: a JSON document, or any text."""
    constants: list[str] = []
    try:
        json.loads(text, parse_constant=constants.append, parse_int=len, parse_float=len)
        if constants:  # Only Python reads NaN.
            return encode(json.loads(text))
    except Exception:  # It is no JSON document, or nested too deeply to find out.
        return encode(text)
    return text.encode("utf-8", "replace")


def _write(value: Any, known: dict[int, tuple[Any, Any]]) -> bytes:
    """Writes JSON; a lone surrogate, which few programs can read, becomes a question mark."""
    text = json.dumps(
        value, default=lambda item: _plain_once(item, known), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8", "replace")


def _plain_once(value: Any, known: dict[int, tuple[Any, Any]]) -> Any:
    """Calls _plain once per object and keeps the result: a generator can be read only once."""
    if id(value) not in known:
        known[id(value)] = (value, _plain(value))
    return known[id(value)][1]


def _plain(value: Any) -> Any:
    """Returns the JSON counterpart of an object; its items may still be other objects."""
    # The type is checked, since an object may claim to have every attribute.
    kind = type(value)
    if kind.__name__ in _MISSING:
        return None
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real) or kind.__name__ == "Decimal":
        return float(value)  # type: ignore[arg-type]
    if hasattr(kind, "isoformat"):
        return value.isoformat()
    if getattr(getattr(value, "dtype", None), "kind", "") in ("m", "M"):  # These are NumPy's times.
        return _times(value)
    if hasattr(kind, "tolist"):
        return value.tolist()
    if hasattr(kind, "to_dict"):
        return value.to_dict()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable):
        return _items(value)
    return str(value)


def _items(value: Iterable[Any]) -> list[Any]:
    items = list(itertools.islice(value, _MOST_ITEMS + 1))
    if len(items) > _MOST_ITEMS:
        items[-1] = _CUT
    return items


def _times(value: Any) -> Any:
    """Returns an array's items, or the text of one of them."""
    if getattr(value, "ndim", 0) > 0:
        return list(value)
    text = str(value)
    return None if text == "NaT" else text


def _clean(value: Any, known: dict[int, tuple[Any, Any]], levels: int, inside: set[int]) -> Any:
    """Returns a copy that json.dumps accepts. `inside` are the containers around `value`."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return _clean_integer(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if levels == 0 or id(value) in inside:
        return _CUT
    inside.add(id(value))
    try:
        return _clean_container(value, known, levels - 1, inside)
    except Exception:  # A method of the guest's raised.
        return _text(value)
    finally:
        inside.discard(id(value))


def _clean_integer(value: int) -> int | str:
    try:
        if value.bit_length() > _BITS_OF_A_WRITABLE_INTEGER:
            int.__repr__(value)
    except ValueError:
        return hex(value)
    return value


def _clean_container(
    value: Any, known: dict[int, tuple[Any, Any]], levels: int, inside: set[int]
) -> Any:
    if isinstance(value, dict):
        return {
            _key(key, known): _clean(item, known, levels, inside) for key, item in dict.items(value)
        }
    if isinstance(value, list | tuple):
        return [_clean(item, known, levels, inside) for item in value]
    return _clean(_plain_once(value, known), known, levels, inside)


def _key(key: Any, known: dict[int, tuple[Any, Any]]) -> str:
    """Returns the name that a key has in JSON."""
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, bool | float):
        return json.dumps(key)
    if isinstance(key, int):
        return str(_clean_integer(key))
    try:
        plain = _plain_once(key, known)
    except Exception:  # A method of the guest's raised.
        plain = key
    return _key(plain, known) if isinstance(plain, str | int | float) else _text(key)


def _text(value: Any) -> str:
    """Returns the value's text, if it has one."""
    try:
        return str(value)
    except Exception:  # A guest's __str__ may do anything.
        return f"<{type(value).__name__} object>"
