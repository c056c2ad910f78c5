"""`carrel sessions`: list, show and delete sessions."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Annotated

import typer

from carrel.cli.console import (
    DEFAULT_ADDRESS,
    Address,
    add_row,
    note,
    output_console,
    size_text,
    span_text,
    table,
    time_text,
)
from carrel.client import Client
from carrel.types import Limits, SessionInfo

app = typer.Typer(help="List, show and delete sessions.")
SessionId = Annotated[str, typer.Argument(metavar="SESSION", help="Its id.")]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, address: Address = DEFAULT_ADDRESS) -> None:
    """List, show and delete sessions; without a command, list them."""
    if context.invoked_subcommand is None:
        list_sessions(address=address)


@app.command("list")
def list_sessions(
    filter_: Annotated[
        str, typer.Option("--filter", help="""E.g. 'labels.team = "blue"' or 'labels.team:*'.""")
    ] = "",
    address: Address = DEFAULT_ADDRESS,
) -> None:
    """List sessions."""
    rows = table("SESSION", "IMAGE", "STATE", ">GENERATION", "CREATED", "EXPIRES", "LABELS")
    with Client(address) as client:
        for session in client.sessions(filter_):
            info = session.info
            add_row(
                rows,
                session.id,
                info.image,
                info.state.lower(),
                str(info.generation),
                time_text(info.create_time),
                time_text(info.expire_time),
                labels_text(info),
            )
    if rows.row_count:
        output_console().print(rows)
    else:
        note("no sessions")


@app.command("show")
def show_session(session: SessionId, address: Address = DEFAULT_ADDRESS) -> None:
    """Show a session and its executions."""
    console = output_console()
    with Client(address) as client:
        found = client.session(session)
        facts = table("", "")
        facts.show_header = False
        for name, value in session_facts(found.info):
            add_row(facts, name, value)
        console.print(facts)
        runs = table("EXECUTION", "STATE", "CAUSE", ">WALL", ">CPU", ">PEAK MEMORY", "CODE")
        for run in found.executions():
            add_row(
                runs,
                run.name.rpartition("/")[2],
                run.state.lower(),
                run.cause.lower(),
                span_text(run.usage.wall_duration),
                span_text(run.usage.cpu_duration),
                size_text(run.usage.peak_memory_bytes),
                first_line(run.code),
            )
    if runs.row_count:
        console.print()
        console.print(runs)


@app.command("delete")
def delete_session(
    sessions: Annotated[list[str], typer.Argument(metavar="SESSION...", help="Their ids.")],
    address: Address = DEFAULT_ADDRESS,
) -> None:
    """End sessions: their variables, files and history are gone."""
    with Client(address) as client:
        for session in sessions:
            client.session(session).delete()


def session_facts(info: SessionInfo) -> list[tuple[str, str]]:
    """Returns the properties of a session, as pairs of name and text."""
    facts = [
        ("name", info.name),
        ("image", info.image),
        ("state", info.state.lower()),
        ("generation", str(info.generation)),
        ("labels", labels_text(info) or "–"),
        ("created", time_text(info.create_time)),
        ("last active", time_text(info.last_active_time)),
        ("expires", time_text(info.expire_time)),
        ("idle timeout", span_text(info.idle_timeout)),
        *limits_facts(info.limits),
    ]
    if info.last_loss is not None:
        loss = info.last_loss
        facts.append(("last loss", f"generation {loss.generation}: {loss.message or loss.cause}"))
    return facts


def limits_facts(limits: Limits) -> list[tuple[str, str]]:
    """Returns limits as pairs of name and text."""
    facts = []
    for item in fields(limits):
        value = getattr(limits, item.name)
        if isinstance(value, timedelta):
            text = span_text(value)
        elif item.name.endswith("_bytes"):
            text = size_text(value)
        else:
            text = "–" if value is None else f"{value:,}"
        facts.append((item.name.removesuffix("_bytes").replace("_", " "), text))
    return facts


def labels_text(info: SessionInfo) -> str:
    """Returns labels as "a=b, c=d"."""
    return ", ".join(f"{key}={value}" for key, value in sorted(info.labels.items()))


def first_line(code: str) -> str:
    """Returns the first line that is not empty, shortened."""
    line = next((line for line in code.splitlines() if line.strip()), "")
    return line if len(line) <= 60 else f"{line[:59]}…"
