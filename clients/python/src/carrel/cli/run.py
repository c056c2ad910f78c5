"""`carrel run`: runs one file, from upload to download."""

from __future__ import annotations

import io
import sys
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from carrel.cli.console import DEFAULT_ADDRESS, Address, complain, note, transfer_bars
from carrel.cli.exit_status import ERROR, SUCCESS, exit_status
from carrel.cli.interrupt import execute_interruptibly
from carrel.cli.printer import EventPrinter
from carrel.cli.script_end import end_script
from carrel.client import Client
from carrel.errors import CarrelError
from carrel.session import Session


def run(
    file: Annotated[str, typer.Argument(metavar="FILE.py", help='The code; "-" for stdin.')],
    upload: Annotated[
        list[Path] | None,
        typer.Option("--upload", "-u", help="Put this file into /mnt/data first. Repeatable."),
    ] = None,
    download: Annotated[
        list[str] | None,
        typer.Option("--download", "-d", help="Fetch this file afterwards. Repeatable."),
    ] = None,
    output_dir: Annotated[
        Path, typer.Option("--output-dir", "-o", help="Where downloads go.")
    ] = Path(),
    images_dir: Annotated[
        Path | None, typer.Option("--images-dir", help="Save displayed images in this folder.")
    ] = None,
    image: Annotated[
        str, typer.Option("--image", "-i", help="The Python environment. [default: the server's]")
    ] = "",
    session: Annotated[
        str, typer.Option("--session", "-s", help="Run in this session, and keep it.")
    ] = "",
    timeout: Annotated[
        float | None, typer.Option("--timeout", "-t", min=0.001, help="Seconds it may take.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the new session.")] = False,
    address: Address = DEFAULT_ADDRESS,
) -> None:
    """Run a Python file in a session, and show what it prints as it prints it.

    Exits with the cell's status: 0 success, 1 exception, N for sys.exit(N), 124 timeout,
    130 cancelled (Ctrl-C), 128+N killed by signal N; and 2 for errors of carrel itself.
    """
    code = read_code(file)
    with Client(address) as client, open_session(client, session, image, keep) as opened:
        upload_all(opened, upload or [])
        printer = EventPrinter(opened, images_dir)
        result = execute_interruptibly(opened, code, timeout, printer.show)
        end_script(opened, result, timeout, printer, keep=keep or bool(session))
        download_status = download_all(opened, download or [], output_dir)
    raise typer.Exit(exit_status(result.execution) or download_status)


def read_code(file: str) -> str:
    """Returns the source in a file or, for "-", on stdin.

    It is decoded as Python does: by its byte order mark or its coding line, otherwise as UTF-8.
    """
    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (UnicodeDecodeError, SyntaxError) as error:
        raise typer.BadParameter(f"{file} cannot be decoded: {error}") from None


@contextmanager
def open_session(client: Client, session: str, image: str, keep: bool) -> Iterator[Session]:
    """Yields the session asked for, or a new one that ends with the block unless kept."""
    if session:
        if image:
            raise typer.BadParameter("--image is of no use with --session, which has one")
        yield client.session(session)
    elif keep:
        opened = client.create_session(image)
        note(f"session {opened.id} is kept; end it with: carrel sessions delete {opened.id}")
        yield opened
    else:
        with client.create_session(image) as opened:
            yield opened


def upload_all(session: Session, paths: list[Path]) -> None:
    """Uploads files under their own names."""
    if not paths:
        return
    with transfer_bars() as start_bar:
        for path in paths:
            session.upload(path, progress=start_bar(path.name))


def download_all(session: Session, remotes: list[str], folder: Path) -> int:
    """Downloads as many of the files as it can; returns the exit status."""
    status = SUCCESS
    if not remotes:
        return status
    folder.mkdir(parents=True, exist_ok=True)
    with transfer_bars() as start_bar:
        for remote in remotes:
            try:
                session.download(remote, folder, progress=start_bar(remote))
            except CarrelError as error:
                complain(f"could not download {remote}: {error}")
                status = ERROR
    return status
