"""The entry point of the command `carrel`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

# gRPC's own log lines would mix with the command's; its errors arrive as exceptions.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import typer

import carrel
from carrel.cli import files, sessions
from carrel.cli.console import complain
from carrel.cli.exit_status import CANCELLED, ERROR
from carrel.cli.info import info
from carrel.cli.repl import repl
from carrel.cli.run import run
from carrel.errors import CarrelError, ResourceExhausted, Unavailable

# The base class of typer's errors for a wrong command line.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]

app = typer.Typer(
    help="Run Python in the sandboxed sessions of a carreld.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
app.command("run")(run)
app.command("repl")(repl)
app.add_typer(sessions.app, name="sessions")
app.add_typer(files.app, name="files")
app.command("info")(info)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"carrel {carrel.__version__}")
        raise typer.Exit


@app.callback()
def _global_options(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Run Python in the sandboxed sessions of a carreld."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status, after one sentence on stderr for an error."""
    try:
        status = app(args=arguments, prog_name="carrel", standalone_mode=False)
    except _UsageError as error:
        complain(_usage_text(error))
        return ERROR
    except CarrelError as error:
        complain(explain(error))
        return ERROR
    except BrokenPipeError:
        # The reader has gone; nothing more can be written to it, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR
    except OSError as error:
        complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        return ERROR
    except (KeyboardInterrupt, typer.Abort):
        return CANCELLED
    return status if isinstance(status, int) else 0


def explain(error: CarrelError) -> str:
    """Returns one sentence, with advice where there is any."""
    text = str(error).rstrip(".")
    if isinstance(error, Unavailable) and not error.reason:
        return f"{text}: start it with ./dev serve, or say where it is with --address"
    if isinstance(error, ResourceExhausted) and error.retry_after is not None:
        return f"{text}; try again in {max(1, round(error.retry_after.total_seconds()))} s"
    return text


def _usage_text(error: Exception) -> str:
    format_message = getattr(error, "format_message", None)
    text = format_message() if callable(format_message) else str(error)
    first = str(text).strip().rstrip(".") or "no command given"
    return f"{first[0].lower()}{first[1:]}; see carrel --help"


if __name__ == "__main__":
    sys.exit(main())
