"""Writes build/hostile_matrix.md from the records of the lanes (records.py), as `./dev test` does.

    .carrel/tools/bin/python tests/hostile/matrix.py

A mode has a column even if no attack ran in it. A record of another version of an attack counts as
none. The same records give the same file.
"""

from __future__ import annotations

import ast
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import records
from attack import FOLDER, LANES, digest_of, load_all

# The columns: the source of the records, and the title. The virtual machine is native, too.
COLUMNS = {**{lane: lane for lane in LANES}, "vm": "vm (6.1)"}

DOCUMENT = records.REPOSITORY / "build" / "hostile_matrix.md"
NOT_RUN = "not run"

# Descriptions of the engines that ran the containers of an isolation mode.
ENGINES = {
    "podman": "containers of podman and runc, with Docker's defaults",
    "bubblewrap": "bubblewrap, a stand-in that sets up what Docker would"
    " ([tests/lanes](../tests/lanes/README.md)), not Docker itself",
}

HEAD = """# Hostile matrix

What hostile code and hostile callers try, and what was observed in each lane, and in the native
lane on Debian's own kernel. Made by `tests/hostile/matrix.py` from the records of test runs; do not
edit. "not run" means that there is no record of this version of the attack in that lane. How an
attack reads and runs: [tests/hostile](../tests/hostile/README.md).

{summary}

{grounds}
"""


@dataclass(frozen=True)
class Row:
    """A row of the matrix: an attack, and the name and version of its records."""

    name: str
    tries: str
    guarantees: str
    digest: str


def cells() -> list[Row]:
    """Returns a row for each attack of attacks/."""
    return [
        Row(attack.name, attack.tries, " ".join(attack.guarantees), attack.digest)
        for attack in load_all("native")
    ]


def callers(recorded: set[tuple[str, str]]) -> Iterator[Row]:
    """Yields rows of the tests of callers; a test with parameters has one for each recorded case.

    Args:
        recorded: names and versions of the callers' records.
    """
    for name in ("callers_test.py", "stalling_callers_test.py", "held_memory_test.py"):
        yield from _callers_in((FOLDER / name).read_text(), recorded)


def _callers_in(source: str, recorded: set[tuple[str, str]]) -> Iterator[Row]:
    """Yields the rows of one file; tests that name no guarantee are controls, and have no row."""
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        title, _, rest = (ast.get_docstring(node) or "").partition("\n")
        guarantees = rest.partition("guarantee:")[2].strip()
        if not guarantees:
            continue
        name = node.name.removeprefix("test_")
        digest = digest_of(_source_of(source, node))
        names = {item for item, version in recorded if version == digest}
        for item in sorted(item for item in names if item.partition("[")[0] == name) or [name]:
            yield Row(item, title, guarantees, digest)


def _source_of(source: str, node: ast.FunctionDef) -> str:
    """Returns the same as inspect.getsource(): decorators and all."""
    first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
    lines = source.splitlines(keepends=True)
    return "".join(lines[first - 1 : node.end_lineno])


def tell(record: dict[str, Any] | None, row: Row) -> tuple[str, str]:
    """Returns the text of a mode's cell, and the verdict that it counts as."""
    if record is None or record["digest"] != row.digest:
        return NOT_RUN, NOT_RUN
    parts = []
    cause = record.get("cause", "")
    if cause and (cause != "COMPLETED" or not record.get("observed")):
        number = record.get("signal")
        parts.append(f"{cause} (signal {number})" if number else cause)
    for key in ("observed", "heir", "calls"):
        if record.get(key):
            label = {"observed": "", "heir": "heir: ", "calls": "caller: "}[key]
            parts.append(label + words(record[key]))
    text = "; ".join(parts) or "nothing was told"
    if not record["held"]:
        return f"**NOT HELD**: {text}", "not held"
    return text, "held"


def words(observed: Any) -> str:
    """Returns the observation on one line; keys with the same answer stand together."""
    if not isinstance(observed, dict):
        return _plain(observed)
    by_answer: dict[str, list[str]] = {}
    for key, value in observed.items():
        by_answer.setdefault(_plain(value), []).append(key)
    return "; ".join(f"{', '.join(keys)}: {answer}" for answer, keys in by_answer.items())


def _plain(value: Any) -> str:
    if value in ([], {}, ""):
        return "none"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        text = ", ".join(value)
    elif isinstance(value, str):
        text = value
    else:
        text = json.dumps(value, ensure_ascii=False)
    for raw, safe in (
        ("|", "\\|"),
        ("\n", " "),
        ("<", "‹"),
        (">", "›"),
        ("*", "\\*"),
        ("_", "\\_"),
    ):
        text = text.replace(raw, safe)
    return text if len(text) <= 300 else text[:297] + "..."


def table(title: str, rows: list[Row], prefix: str, lanes: dict[str, Any], counts: Any) -> str:
    """Returns one table: a row for each attack, a column for each isolation mode."""
    titles = " | ".join(COLUMNS.values())
    lines = [f"\n## {title}\n", f"| attack | tries | guarantee | {titles} |"]
    lines.append("|---" * (3 + len(COLUMNS)) + "|")
    for row in rows:
        columns = []
        for lane in COLUMNS:
            text, verdict = tell(lanes[lane].get(prefix + row.name), row)
            counts[lane][verdict] += 1
            columns.append(text)
        tries = row.tries.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")
        lines.append(f"| `{row.name}` | {tries} | {row.guarantees} | {' | '.join(columns)} |")
    return "\n".join(lines) + "\n"


def ground(lane: str, lane_records: dict[str, Any]) -> str:
    """Returns a description of the environment of a mode's server, from its records."""
    if not lane_records:
        return f"**{COLUMNS[lane]}**: {NOT_RUN}"
    kernels = ", ".join(sorted({_kernel(record) for record in lane_records.values()}))
    if lane == "native":
        where = "carreld as root on the machine itself"
    elif lane == "vm":
        where = "the native lane in a virtual machine with Debian's own kernel (`./dev test-vm`)"
    else:
        engines = sorted({record.get("engine", "not noted") for record in lane_records.values()})
        where = "; ".join(ENGINES.get(name, name) for name in engines)
    return f"**{COLUMNS[lane]}**: {where}; Linux {kernels}"


def _kernel(record: dict[str, Any]) -> str:
    return ".".join(record.get("kernel", "not noted").split(".")[:2])


def document() -> str:
    """Returns the whole file."""
    lanes = {lane: records.load(lane) for lane in COLUMNS}
    recorded = {
        (name.removeprefix("caller: "), record["digest"])
        for lane in lanes.values()
        for name, record in lane.items()
        if name.startswith("caller: ")
    }
    counts: dict[str, Counter[str]] = {lane: Counter() for lane in COLUMNS}
    tables = table("Cells", cells(), "", lanes, counts)
    tables += table("Callers", list(callers(recorded)), "caller: ", lanes, counts)
    summary = "; ".join(
        f"**{title}**: "
        + ", ".join(
            f"{counts[lane][verdict]} {verdict}" for verdict in ("held", "not held", NOT_RUN)
        )
        for lane, title in COLUMNS.items()
    )
    grounds = "Where they ran. " + ". ".join(ground(lane, lanes[lane]) for lane in COLUMNS) + "."
    return HEAD.format(summary=summary + ".", grounds=grounds) + tables


if __name__ == "__main__":
    DOCUMENT.write_text(document())
    print(next(line for line in document().splitlines() if line.startswith("**")))
    print(f"what each attack observed: {DOCUMENT.relative_to(records.REPOSITORY)}")
