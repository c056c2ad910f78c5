"""`carrel files`: the files of a session's workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from carrel.cli.console import (
    DEFAULT_ADDRESS,
    Address,
    add_row,
    note,
    output_console,
    size_text,
    table,
    time_text,
    transfer_bars,
)
from carrel.client import Client

app = typer.Typer(help="List, upload, download and delete a session's files.", no_args_is_help=True)
SessionId = Annotated[str, typer.Argument(metavar="SESSION", help="The session's id.")]


@app.command("list")
def list_files(
    session: SessionId,
    directory: Annotated[str, typer.Argument(help="Only what is below this folder.")] = "",
    address: Address = DEFAULT_ADDRESS,
) -> None:
    """List files."""
    rows = table(">SIZE", "CHANGED", "TYPE", "PATH")
    with Client(address) as client:
        for file in client.session(session).files(directory):
            changed = time_text(file.update_time)
            add_row(rows, size_text(file.size_bytes), changed, file.mime_type, file.path)
    if rows.row_count:
        output_console().print(rows)
    else:
        note("no files")


@app.command("upload")
def upload_file(
    session: SessionId,
    local: Annotated[Path, typer.Argument(metavar="FILE", help="The file to upload.")],
    remote: Annotated[
        str, typer.Argument(metavar="[PATH]", help="Its path there. [default: its name]")
    ] = "",
    address: Address = DEFAULT_ADDRESS,
) -> None:
    """Upload a file; an earlier one of that path is replaced."""
    with Client(address) as client, transfer_bars() as start_bar:
        client.session(session).upload(local, remote or None, progress=start_bar(local.name))


@app.command("download")
def download_file(
    session: SessionId,
    remote: Annotated[str, typer.Argument(metavar="PATH", help="The file's path.")],
    local: Annotated[
        str | None,  # A Path would drop a trailing "/", which marks a directory.
        typer.Argument(metavar="[FILE]", help='A file or folder; "new/" is made. [default: .]'),
    ] = None,
    address: Address = DEFAULT_ADDRESS,
) -> None:
    """Download a file; it appears here when it is complete and verified."""
    with Client(address) as client, transfer_bars() as start_bar:
        client.session(session).download(remote, local, progress=start_bar(remote))


@app.command("delete")
def delete_files(
    session: SessionId,
    remotes: Annotated[list[str], typer.Argument(metavar="PATH...", help="The files' paths.")],
    address: Address = DEFAULT_ADDRESS,
) -> None:
    """Delete files."""
    with Client(address) as client:
        found = client.session(session)
        for remote in remotes:
            found.delete_file(remote)
