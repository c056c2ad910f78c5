"""`carrel repl`: runs cells that are typed one after the other."""

from __future__ import annotations

import ast
import codeop
import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from carrel.cli.console import DEFAULT_ADDRESS, Address, note
from carrel.cli.interrupt import execute_interruptibly
from carrel.cli.printer import EventPrinter
from carrel.cli.run import open_session
from carrel.client import Client
from carrel.session import Session

PROMPT, CONTINUATION = ">>> ", "... "


def repl(
    image: Annotated[
        str, typer.Option("--image", "-i", help="The Python environment. [default: the server's]")
    ] = "",
    session: Annotated[
        str, typer.Option("--session", "-s", help="Go on in this session, and keep it.")
    ] = "",
    images_dir: Annotated[
        Path | None, typer.Option("--images-dir", help="Save displayed images in this folder.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the new session.")] = False,
    address: Address = DEFAULT_ADDRESS,
) -> None:
    """Type Python cells and see what they do; variables stay from one to the next.

    A block ends with an empty line. Ctrl-C interrupts a running cell, Ctrl-D leaves.
    """
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - gives input() its line editing
    with Client(address) as client, open_session(client, session, image, keep) as opened:
        if sys.stdin.isatty():
            note(f"session {opened.id}, image {opened.info.image}; Ctrl-D leaves")
        printer = EventPrinter(opened, images_dir)
        while (code := read_cell()) is not None:
            if code.strip():
                run_cell(opened, code, printer)


def read_cell() -> str | None:
    """Reads lines until they make a cell; returns None at the end of the input."""
    lines: list[str] = []
    while True:
        prompt = (CONTINUATION if lines else PROMPT) if sys.stdin.isatty() else ""
        try:
            # A file may begin with a byte order mark.
            lines.append(input(prompt).removeprefix("\ufeff"))
        except EOFError:
            if prompt:
                print()
            return "\n".join(lines) if lines and not prompt else None
        except KeyboardInterrupt:
            print("\nKeyboardInterrupt")
            return ""
        if is_complete("\n".join(lines)):
            return "\n".join(lines)


def is_complete(source: str) -> bool:
    """Returns whether `source` is a whole cell; a block is when an empty line follows it."""
    if source.startswith("%%"):  # a cell magic takes all lines that follow
        return source.endswith("\n")
    compiler = codeop.CommandCompiler()
    compiler.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        return compiler(source, symbol="single") is not None
    except (SyntaxError, ValueError, OverflowError):
        return True  # the interpreter, which knows IPython's syntax, reports the error


def run_cell(session: Session, code: str, printer: EventPrinter) -> None:
    """Runs one cell to its end, however it ends."""
    try:
        execute_interruptibly(session, code, None, printer.show)
    except KeyboardInterrupt:
        note("no longer waiting for the cell")
