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
        name: what works, or does not; unique.
        code: the cell.
        stdout: all that it prints, without the last newline.
        shows: MIME types that its displays and its result must have.
        raises: type of the exception that ends it, and a part of its message; else it succeeds.
        stderr: a part of what it says on stderr; without it stderr must be empty, so that
            a warning is a failure too.
        check: what the result must be beyond that; replaces the check of stdout.
        images: where it must work.
        lanes: in which isolation modes; all if empty.
        seen: for docs/compatibility.md, what a user sees of what is refused or differs.
        why: for it too, the reason.
        instead: and what to use instead; empty where there is nothing.
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
