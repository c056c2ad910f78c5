"""The demo: a sales file goes in, a chart comes out. `./dev demo` runs it.

Starts a real carreld, opens a session on the data-science image, uploads
examples/sales.csv, runs the cells of sales_cells.py, and saves the chart they draw
in demo-out/.
"""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

import sales_cells
from carrel import CarrelError, Client, Result, Session
from carrel.cli.console import add_row, size_text, span_text, table, transfer_bars
from carrel.cli.printer import EventPrinter
from carrel.events import DisplayEvent, Event, FinishedEvent, ResultEvent
from carrel.testing import REPOSITORY, LocalServer, LocalServerError
from carrel.types import Display

IMAGE = "data-science"
SALES = Path(__file__).with_name("sales.csv")
OUTPUT = REPOSITORY / "demo-out"
CHART = "monthly_trends.png"
HTML_LINES = 12
CELL_TIMEOUT = 120  # seconds

console = Console(highlight=False)


class DemoError(Exception):
    """Raised when the demo did not do what it should; the message says what."""


class Show:
    """Shows a cell's events, and notes when its first output arrived."""

    def __init__(self, session: Session) -> None:
        self._printer = EventPrinter(session, OUTPUT / "displayed")
        self._start = 0.0
        self.first_output: timedelta | None = None

    def begin(self) -> None:
        """Notes that a cell is about to be sent."""
        self._start = time.perf_counter()
        self.first_output = None

    def since_begin(self) -> timedelta:
        """Returns the time since then."""
        return timedelta(seconds=time.perf_counter() - self._start)

    def __call__(self, event: Event) -> None:
        """Shows one event, the HTML of a table after its text."""
        if event.sequence > 1 and not isinstance(event, FinishedEvent):
            self.first_output = self.first_output or self.since_begin()
        self._printer.show(event)
        if isinstance(event, DisplayEvent | ResultEvent):
            show_html(event.display)


def show_html(display: Display) -> None:
    """Prints the first lines of the table in a display's text/html, if it has one."""
    if display.html is None:
        return
    before, table_tag, after = display.html.partition("<table")
    lines = (table_tag + after if table_tag else before).strip().splitlines()
    size = size_text(len(display.html.encode()))
    shown = min(len(lines), HTML_LINES)
    console.print(f"[dim]the same as text/html ({size}), {shown} of its {len(lines)} lines:[/dim]")
    print_source("\n".join(lines[:HTML_LINES]), "html")


def print_source(source: str, language: str) -> None:
    """Prints source text, in colour on a terminal."""
    console.print(Syntax(source.rstrip(), language, background_color="default", word_wrap=True))


def upload(session: Session) -> None:
    """Uploads the sales file."""
    with transfer_bars() as start_bar:
        file = session.upload(SALES, progress=start_bar(SALES.name))
    size = size_text(file.size_bytes)
    console.print(f"uploaded {file.path}: {size}, SHA-256 {file.sha256[:16]}… verified")


def run_cells(session: Session) -> Table:
    """Runs all cells; returns the table of what each cost."""
    costs = table(
        *("CELL", ">CLIENT LATENCY", ">FIRST OUTPUT", ">QUEUE", ">WALL", ">CPU"),
        *(">PEAK MEMORY", ">WRITTEN"),
    )
    show = Show(session)
    for number, (title, code) in enumerate(sales_cells.CELLS, start=1):
        console.rule(f"cell {number}: {title}", align="left")
        print_source(code, "python")
        console.rule("output", align="left", style="dim")
        show.begin()
        result = session.execute(code, timeout=CELL_TIMEOUT, on_event=show)
        latency = show.since_begin()
        check(title, result)
        usage = result.execution.usage
        add_row(
            costs,
            title,
            *map(span_text, (latency, show.first_output, usage.queue_duration)),
            *map(span_text, (usage.wall_duration, usage.cpu_duration)),
            *map(size_text, (usage.peak_memory_bytes, usage.written_bytes)),
        )
        show_artifacts(result)
    return costs


def check(title: str, result: Result) -> None:
    """Raises DemoError if a cell failed, or did not run in the first interpreter."""
    if not result.succeeded:
        raise DemoError(f"the cell “{title}” failed: {result.execution.message}")
    if result.generation != 1:
        raise DemoError(f"the variables were lost before the cell “{title}”")


def show_artifacts(result: Result) -> None:
    """Lists what a cell left behind."""
    if not result.artifacts:
        return
    rows = table("ARTIFACT", "CHANGE", ">SIZE", "TYPE", "SHA-256")
    for artifact in result.artifacts:
        name = artifact.path or artifact.name.split("/", 2)[2]
        facts = (size_text(artifact.size_bytes), artifact.mime_type)
        sha256 = f"{artifact.sha256[:16]}…" if artifact.sha256 else "–"
        add_row(rows, name, artifact.change.lower(), *facts, sha256)
    console.print(rows)


def save_chart(session: Session) -> Path:
    """Downloads the chart."""
    with transfer_bars() as start_bar:
        chart = session.download(CHART, OUTPUT / CHART, progress=start_bar(CHART))
    if not chart.read_bytes().startswith(b"\x89PNG\r\n"):
        raise DemoError(f"{chart} is not a PNG")
    return chart


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Prints how long the block took."""
    start = time.perf_counter()
    yield
    console.print(f"{what} in {span_text(timedelta(seconds=time.perf_counter() - start))}")


def demo() -> Path:
    """Runs the demo; returns where the chart is."""
    OUTPUT.mkdir(exist_ok=True)
    with LocalServer(images=[IMAGE]) as server, Client(server.address) as client:
        console.print(f"carreld (process {server.pid}) serves at {server.address}")
        with timed(f"opened a session on the image {IMAGE}"):
            session = client.create_session(IMAGE, labels={"made-by": "demo"})
        with session:
            upload(session)
            costs = run_cells(session)
            chart = save_chart(session)
    console.rule("what it cost", align="left")
    console.print(costs)
    return chart


def _end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + signal.SIGTERM)


def main() -> int:
    """Runs the demo and prints one sentence about how it went."""
    signal.signal(signal.SIGTERM, _end)  # The handler stops carreld before the demo ends.
    try:
        chart = demo()
    except (CarrelError, DemoError, LocalServerError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted", file=sys.stderr)
        return 130
    console.print(f"The chart is in {chart}", soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
