"""Code that all commands share: consoles, the connection, progress bars, formats."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from carrel._transfer import Progress as ProgressCallback
from carrel.client import ADDRESS_VARIABLE, DEFAULT_TARGET

Address = Annotated[
    str,
    typer.Option(
        "--address",
        "-a",
        envvar=ADDRESS_VARIABLE,
        help='Where carreld listens: "host:port" or "unix:/path".',
    ),
]
DEFAULT_ADDRESS = DEFAULT_TARGET
# Wider than any table.
_UNBROKEN = 1 << 20


def output_console() -> Console:
    """Returns the console for answers; colours only on a terminal and without NO_COLOR.

    Elsewhere, lines are not wrapped, since programs read them.
    """
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_UNBROKEN)


def note(message: str) -> None:
    """Prints a remark about the run, apart from its output, on stderr."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        Text(f"carrel: {printable(message)}", style="dim")
    )


def complain(message: str) -> None:
    """Prints an error in one line on stderr."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        Text(f"carrel: {printable(message)}", style="red")
    )


def printable(text: str) -> str:
    """Returns `text`, which a guest may have chosen, without control characters."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in ("Cc", "Cs") else c
        for c in " ".join(text.splitlines())
    )


def table(*columns: str) -> Table:
    """Returns an empty table; columns whose title starts with ">" are right-aligned."""
    result = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        title = column.removeprefix(">")
        result.add_column(title, justify="right" if title != column else "left", overflow="fold")
    return result


def add_row(rows: Table, *cells: str) -> None:
    """Adds a row of plain text."""
    rows.add_row(*(Text(printable(cell)) for cell in cells))


@contextmanager
def transfer_bars() -> Iterator[Callable[[str], ProgressCallback | None]]:
    """Yields a function that starts a progress bar on stderr, given its label.

    It returns the callback for the transfer; None where stderr is not a terminal.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _label: None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:

        def start(label: str) -> ProgressCallback:
            task = progress.add_task(printable(label), total=None)
            return lambda done, total: progress.update(task, completed=done, total=total)

        yield start


def size_text(byte_count: int | None) -> str:
    """Returns a size for people, e.g. "1.5 MiB"; a dash for None."""
    if byte_count is None:
        return "–"
    size = float(byte_count)
    for unit in ("B", "KiB", "MiB"):
        if abs(size) < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


def span_text(span: timedelta | None) -> str:
    """Returns a duration for people, e.g. "3.5 ms"; a dash for None."""
    if span is None:
        return "–"
    seconds = span.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 120:
        return f"{seconds:.2f} s" if seconds % 1 else f"{seconds:.0f} s"
    return str(timedelta(seconds=round(seconds)))


def time_text(time: datetime | None) -> str:
    """Returns a moment in local time; a dash for None."""
    return time.astimezone().strftime("%Y-%m-%d %H:%M:%S") if time else "–"
