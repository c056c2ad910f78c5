"""A row of the table: code as models write it, and what must be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from carrel import Result

EVERYWHERE = ("minimal", "data-science")
SCIENCE = ("data-science",)
# Isolation modes in which sessions have no /proc and no root directory of their own; there these
# rows fail.
NATIVE = ("native",)
CONTAINED = ("container", "restricted")
RESTRICTED = ("restricted",)
LANES = (*NATIVE, *CONTAINED)


@dataclass(frozen=True)
class Row:
    """One cell in a session of its own.

    Attributes:
        name: the feature that works, or does not; unique.
        code: the cell.
        stdout: its whole output, without the last newline.
        shows: MIME types that its displays and its result must have.
        raises: the type of the exception that ends it, and a part of its message; else it succeeds.
        stderr: a part of what it says on stderr; without it stderr must be empty, so that
            a warning is a failure too.
        check: a check of the result that replaces the check of stdout.
        images: the images in which it must work.
        lanes: the isolation modes in which it must work; all if empty.
        seen: for docs/compatibility.md, what a user sees of what is refused or differs.
        why: the reason, for the same document.
        instead: the alternative, for the same document; empty if there is none.
    """

    name: str
    code: str
    stdout: str = ""
    shows: tuple[str, ...] = ()
    raises: tuple[str, str] | None = None
    stderr: str = ""
    check: Callable[[Result], bool] | None = None
    images: tuple[str, ...] = EVERYWHERE
    lanes: tuple[str, ...] = ()
    seen: str = ""
    why: str = ""
    instead: str = ""


def science(name: str, code: str, stdout: str = "", *shows: str) -> Row:
    """Returns a row for the image that has the packages."""
    return Row(name, code, stdout, shows, images=SCIENCE)
