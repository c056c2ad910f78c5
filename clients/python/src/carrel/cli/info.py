"""`carrel info`: describes the server and how it enforces its guarantees."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from carrel.cli.console import (
    DEFAULT_ADDRESS,
    Address,
    add_row,
    output_console,
    printable,
    size_text,
    span_text,
    table,
    time_text,
)
from carrel.cli.sessions import limits_facts
from carrel.client import Client
from carrel.server_info import ServerInfo


def info(address: Address = DEFAULT_ADDRESS) -> None:
    """Show the server's version, images, limits and isolation."""
    with Client(address) as client:
        described = client.info()
    console = output_console()
    print_facts(console, address, described)
    print_images(console, described)
    print_limits(console, described)
    print_isolation(console, described)


def print_facts(console: Console, address: str, described: ServerInfo) -> None:
    """Prints facts that fit in a line each."""
    facts = table("", "")
    facts.show_header = False
    add_row(facts, "carreld", f"{described.version} at {address}")
    add_row(facts, "started", time_text(described.start_time))
    add_row(facts, "sessions", f"{described.session_count} of {described.max_session_count:,}")
    add_row(facts, "queue", f"{described.max_queue_length} executions per session")
    add_row(facts, "largest cell", size_text(described.max_code_bytes))
    add_row(facts, "largest inline image", size_text(described.max_inline_image_bytes))
    add_row(facts, "interrupt to kill", span_text(described.interrupt_grace_period))
    console.print(facts)


def print_images(console: Console, described: ServerInfo) -> None:
    """Prints the images, the default one marked."""
    rows = table("IMAGE", "PYTHON", "DESCRIPTION", "PRELOADED")
    for image in described.images:
        name = image.name + (" (default)" if image.name == described.default_image else "")
        modules = ", ".join(image.preloaded_modules)
        add_row(rows, name, image.python_version, image.description, modules)
    console.print()
    console.print(rows)


def print_limits(console: Console, described: ServerInfo) -> None:
    """Prints each image's defaults beside the maximum of a session."""
    rows = table("LIMIT", *(f">{image.name}" for image in described.images), ">AT MOST")
    defaults = [limits_facts(image.default_limits) for image in described.images]
    for index, (name, most) in enumerate(limits_facts(described.max_limits)):
        add_row(rows, name, *(facts[index][1] for facts in defaults), most)
    console.print()
    console.print(rows)


def print_isolation(console: Console, described: ServerInfo) -> None:
    """Prints every guarantee with the mechanisms that enforce it; those not proved are marked."""
    rows = table("ISOLATION", f"LANE {printable(described.isolation_lane)}", "HELD BY")
    for guarantee in described.guarantees:
        holders = Text(", ").join(
            Text(
                printable(holder.mechanism) + ("" if holder.proved else " (not here)"),
                style="green" if holder.proved else "dim",
            )
            for holder in guarantee.holders
        )
        rows.add_row(
            Text(guarantee.id, style="green" if guarantee.held else "bold red"),
            Text(printable(guarantee.description)),
            holders if guarantee.holders else Text("nothing", style="bold red"),
        )
    console.print()
    console.print(rows)
