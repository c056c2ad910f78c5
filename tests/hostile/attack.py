"""An attack as a file: what it tries, which guarantee, and what must be observed.

See README.md for the header. Nothing here runs an attack: only a session of a real carreld does.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
KIT = FOLDER / "kit.py"


@dataclass(frozen=True)
class Attack:
    """One file of attacks/."""

    name: str
    code: str
    tries: str
    numbers: tuple[int, ...]
    guarantees: tuple[str, ...]
    observed: dict[str, Any] | None = None
    causes: tuple[str, ...] = ("COMPLETED",)
    signal: int = 0
    ending: str = ""
    timeout: float = 60
    limits: dict[str, int] = field(default_factory=dict)
    next_may_fail: bool = False


KEYS = {"attack", "guarantee", "observed", "cause", "signal", "ending", "timeout", "limits", "next"}


def load(path: Path) -> Attack:
    """Reads an attack; ValueError if its header is not complete."""
    code = path.read_text()
    title, _, rest = (ast.get_docstring(ast.parse(code)) or "").partition("\n")
    header: dict[str, str] = {}
    for line in rest.splitlines():
        key, colon, text = line.partition(":")
        if colon and key in KEYS:
            header[key] = text.strip()
    if not title or "attack" not in header or "guarantee" not in header:
        raise ValueError(f"{path.name}: the header must say what it tries, attack and guarantee")
    if not header.keys() & {"observed", "cause"}:
        raise ValueError(f"{path.name}: the header must say what is observed, or the cause")
    return Attack(
        name=path.stem,
        code=code,
        tries=title,
        numbers=tuple(map(int, header["attack"].split())),
        guarantees=tuple(header["guarantee"].split()),
        observed=json.loads(header["observed"]) if "observed" in header else None,
        causes=tuple(header.get("cause", "COMPLETED").split()),
        signal=int(header.get("signal", 0)),
        ending=header.get("ending", ""),
        timeout=float(header.get("timeout", 60)),
        limits=json.loads(header.get("limits", "{}")),
        next_may_fail=header.get("next") == "any",
    )


def load_all() -> list[Attack]:
    """Every attack, by name."""
    return [load(path) for path in sorted((FOLDER / "attacks").glob("*.py"))]


def differences(expected: Any, observed: Any) -> list[str]:
    """What is not as expected; a list of words where one word was observed means any of them."""
    if isinstance(expected, dict) and isinstance(observed, dict):
        found = [f"{key}: not expected" for key in observed.keys() - expected.keys()]
        for key, value in expected.items():
            found += [f"{key}: {text}" for text in differences(value, observed.get(key))]
        return found
    if isinstance(expected, list) and not isinstance(observed, list):
        return [] if observed in expected else [f"{observed!r} is none of {expected}"]
    return [] if expected == observed else [f"{observed!r} is not {expected!r}"]


def reports(stdout: str) -> list[dict[str, Any]]:
    """What an attack said by report() and control()."""
    found = []
    for line in stdout.splitlines():
        if line.startswith('{"control"'):
            found.append(json.loads(line))
    return found
