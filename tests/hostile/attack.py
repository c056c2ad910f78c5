"""An attack as a file: its attempt, the guarantee it targets, and the required observation.

See README.md for the header. Nothing here runs an attack: only a session of a real carreld does.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
KIT = FOLDER / "kit.py"

LANES = ("native", "container", "restricted")

# Words that stand for several in a header. Each of those means that the attempt failed.
WORDS = {
    "refused": ("EPERM", "EACCES", "ENOSYS", "SIGSYS"),
    "nobody": ("ESRCH", "EPERM", "EACCES", "ENOSYS", "SIGSYS"),
    "no way": ("ENOENT", "ENOTDIR", "EACCES", "EPERM", "EROFS", "EXDEV", "ENXIO", "ENODEV"),
}


def current_lane() -> str:
    """Returns the isolation mode of this run's sessions."""
    lane = os.environ.get("CARREL_TEST_LANE") or "native"
    if lane not in LANES:
        raise ValueError(f"CARREL_TEST_LANE is {lane!r}, but must be one of {LANES}")
    return lane


def digest_of(code: str) -> str:
    """Returns the name of a version of some code."""
    return hashlib.sha256(code.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Attack:
    """One file of attacks/, as it runs in one isolation mode."""

    name: str
    code: str
    tries: str
    numbers: tuple[int, ...]
    guarantees: tuple[str, ...]
    observed: dict[str, Any] | None = None
    heir: dict[str, Any] | None = None
    calls: dict[str, Any] = field(default_factory=dict)
    causes: tuple[str, ...] = ("COMPLETED",)
    signal: int = 0
    ending: str = ""
    timeout: float = 60
    limits: dict[str, int | timedelta] = field(default_factory=dict)
    next_may_fail: bool = False

    @property
    def digest(self) -> str:
        """Returns the name of this version of the attack."""
        return digest_of(self.code)


KEYS = {
    "attack", "guarantee", "observed", "heir", "calls", "cause", "signal", "ending", "timeout",
    "limits", "next",
}  # fmt: skip
_LINE = re.compile(rf"({'|'.join(sorted(KEYS))})(?:\.({'|'.join(LANES)}))?:(.*)")


def parse_header(text: str, lane: str) -> dict[str, str]:
    """Reads a header's keys; `key.lane` overrides `key`; an indented line continues the last."""
    header: dict[str, str] = {}
    of_lane: dict[str, str] = {}
    into, key = header, ""
    for line in text.splitlines():
        if match := _LINE.fullmatch(line):
            key, suffix, value = match.groups()
            into = header if suffix is None else of_lane if suffix == lane else {}
            into[key] = value.strip()
        elif line.startswith("  ") and key:
            into[key] += " " + line.strip()
        else:
            key = ""
    return header | of_lane


def parse_limits(text: str) -> dict[str, int | timedelta]:
    """Reads the limits of a session; a limit of time is in seconds."""
    limits: dict[str, Any] = json.loads(text)
    return {
        name: timedelta(seconds=value) if name.endswith("_time") else value
        for name, value in limits.items()
    }


def load(path: Path, lane: str | None = None) -> Attack:
    """Reads an attack for an isolation mode; raises ValueError if its header is incomplete."""
    code = path.read_text()
    title, _, rest = (ast.get_docstring(ast.parse(code)) or "").partition("\n")
    header = parse_header(rest, lane or current_lane())
    if not title or "attack" not in header or "guarantee" not in header:
        raise ValueError(f"{path.name}: the header must say what it tries, attack and guarantee")
    if not header.keys() & {"observed", "cause", "calls"}:
        raise ValueError(f"{path.name}: the header must say what is observed, or the cause")
    return Attack(
        name=path.stem,
        code=code,
        tries=title,
        numbers=tuple(map(int, header["attack"].split())),
        guarantees=tuple(header["guarantee"].split()),
        observed=json.loads(header["observed"]) if "observed" in header else None,
        heir=json.loads(header["heir"]) if "heir" in header else None,
        calls=json.loads(header.get("calls", "{}")),
        causes=tuple(header.get("cause", "COMPLETED").split()),
        signal=int(header.get("signal", 0)),
        ending=header.get("ending", ""),
        timeout=float(header.get("timeout", 60)),
        limits=parse_limits(header.get("limits", "{}")),
        next_may_fail=header.get("next") == "any",
    )


def load_all(lane: str | None = None) -> list[Attack]:
    """Returns every attack, by name."""
    return [load(path, lane) for path in sorted((FOLDER / "attacks").glob("*.py"))]


def _words(expected: Any) -> list[Any]:
    """Returns the words that one expected word stands for."""
    found: list[Any] = []
    for item in expected if isinstance(expected, list) else [expected]:
        found += WORDS.get(item, (item,)) if isinstance(item, str) else [item]
    return found


def differences(expected: Any, observed: Any) -> list[str]:
    """Returns the differences; where one word was observed, a list of words accepts any of them."""
    if isinstance(expected, dict) and isinstance(observed, dict):
        found = [f"{key}: not expected" for key in observed.keys() - expected.keys()]
        for key, value in expected.items():
            found += [f"{key}: {text}" for text in differences(value, observed.get(key))]
        return found
    if isinstance(expected, dict) or isinstance(observed, list | dict):
        return [] if expected == observed else [f"{observed!r} is not {expected!r}"]
    return [] if observed in _words(expected) else [f"{observed!r} is none of {_words(expected)}"]


def reports(stdout: str) -> list[dict[str, Any]]:
    """Returns the reports that an attack printed by report() and control()."""
    found = []
    for line in stdout.splitlines():
        if line.startswith('{"control"'):
            found.append(json.loads(line))
    return found
