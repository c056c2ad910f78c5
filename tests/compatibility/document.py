"""Makes the tables of docs/compatibility.md from the rows that test them.

    python tests/compatibility/document.py [--check]

The script replaces only the text between a line `<!-- made by … -->` and the next `<!-- end -->`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from rows import REFUSED
from rows.row import LANES, Row

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "compatibility.md"
TABLE = re.compile(
    r"(<!-- made by tests/compatibility/document\.py: ([a-z ]+) -->\n).*?(<!-- end -->\n)",
    re.DOTALL,
)


def everywhere() -> str:
    """Returns the table of what works in no isolation mode."""
    rows = [(row.name, row.seen, row.why, row.instead) for row in REFUSED if not row.lanes]
    return markdown(("", "what is seen", "why", "instead"), rows)


def in_a_container() -> str:
    """Returns the table of what does not work in some isolation modes."""
    rows = [
        (row.name, lanes_of(row), row.seen, row.why, row.instead) for row in REFUSED if row.lanes
    ]
    return markdown(("", "lane", "what is seen", "why", "instead"), rows)


TABLES = {"everywhere": everywhere, "in a container": in_a_container}


def lanes_of(row: Row) -> str:
    """Returns the isolation modes of a row in the order of docs/lanes.md."""
    return ", ".join(lane for lane in LANES if lane in row.lanes)


def markdown(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Returns a table; a bar or the end of a line inside of a cell would break it."""
    titles = tuple(titles)
    lines = [titles, ["---"] * len(titles), *rows]
    for cell in (cell for line in lines for cell in line):
        if "|" in cell or "\n" in cell:
            raise ValueError(f"a cell of the table cannot hold {cell!r}")
    return "".join("|" + "|".join(f" {c} " if c else " " for c in line) + "|\n" for line in lines)


def made_from_rows(text: str) -> str:
    """Returns `text` with all of its tables made anew."""
    found = [match[2] for match in TABLE.finditer(text)]
    if sorted(found) != sorted(TABLES):
        raise ValueError(f"the document has places for {found}, not for {list(TABLES)}")
    return TABLE.sub(lambda match: match[1] + TABLES[match[2]]() + match[3], text)


def main(arguments: list[str]) -> int:
    """Writes the document; with --check only says whether it agrees with the rows."""
    text = DOCUMENT.read_text()
    made = made_from_rows(text)
    if arguments == ["--check"]:
        if made == text:
            return 0
        print("docs/compatibility.md is not as the rows have it: ./dev document", file=sys.stderr)
        return 1
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    if made != text:
        DOCUMENT.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
