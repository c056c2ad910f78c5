"""The observations of each isolation mode, in .carrel/hostile/<mode>.json for matrix.py.

A record names the version of its attack (a change of the attack invalidates it), the kernel, and
the engine that ran the container, if there was one. `./dev test-vm` makes vm.json of the records of
its machine's native mode.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from lanes import engine

REPOSITORY = Path(__file__).resolve().parents[2]


def folder() -> Path:
    """Returns the directory of the records."""
    return REPOSITORY / os.environ.get("CARREL_STATE_DIR", ".carrel") / "hostile"


def load(lane: str) -> dict[str, dict[str, Any]]:
    """Returns the records of an isolation mode by attack; none if none ran in it."""
    path = folder() / f"{lane}.json"
    if not path.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(path.read_text())
    return found


def save(lane: str, name: str, record: dict[str, Any]) -> None:
    """Replaces the record of one attack; the others are kept."""
    ran_by = {} if lane == "native" else {"engine": engine.name()}
    records = load(lane) | {name: record | ran_by | {"kernel": os.uname().release}}
    folder().mkdir(parents=True, exist_ok=True)
    path = folder() / f"{lane}.json"
    new = path.with_suffix(".new")
    new.write_text(json.dumps(records, indent=1, sort_keys=True) + "\n")
    new.replace(path)
