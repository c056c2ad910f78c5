"""Events, and sequences of them: as data, so that each can be kept, shrunk and replayed.

An event means something in every state: it names a session, an upload or an execution by a number
that is taken modulo what exists, or names one that does not exist.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from events.cells import CELLS
from hypothesis import strategies

FILES = ("a.bin", "folder/b.bin")
# Sizes that need one message, several, and more than a pipe or a socket holds.
SIZES = (0, 1, 4096, 300_000, 1_500_000)
UPLOAD_ENDS = (
    "whole",
    "short",
    "cancelled",
    "wrong digest",
    "size unknown",
    "size unknown, cancelled",
)
TARGETS = ("interpreter", "interpreter", "supervisor", "child", "zygote", "spare")
SIGNALS = ("SIGKILL", "SIGSTOP", "SIGINT", "SIGTERM", "SIGUSR1", "SIGSEGV")

# The kinds of events; each appears as often as its weight. Shrinking prefers the first.
KINDS = (
    ["nothing"]
    + ["create"] * 3
    + ["execute"] * 12
    + ["wait"] * 3
    + ["let end"] * 3
    + ["cancel"] * 3
    + ["abandon", "abandon", "watch", "watch"]
    + ["upload"] * 3
    + ["begin upload", "begin upload", "end upload", "end upload"]
    + ["download", "break download", "delete file"]
    + ["signal"] * 4
    + ["delete", "delete"]
)


@dataclass(frozen=True, repr=False)
class Event:
    """One action of a caller, or of somebody on the machine.

    Attributes:
        kind: one of KINDS.
        session: which session.
        cell: the cell of `execute`, a name in CELLS.
        number: which execution, upload or file, or where to start.
        size: the size of `upload` and `begin upload`, in bytes.
        how: the way in which an upload ends, or the target of a signal.
        signal: the name of the signal.
        ms: the time that `wait` waits, a cell sleeps, or a process stays stopped.

    """

    kind: str
    session: int = 0
    cell: str = ""
    number: int = 0
    size: int = 0
    how: str = ""
    signal: str = ""
    ms: int = 0

    def __repr__(self) -> str:
        given = {key: value for key, value in asdict(self).items() if value and key != "kind"}
        return " ".join([self.kind, *(f"{key}={value}" for key, value in given.items())])


def _event(kind: str) -> strategies.SearchStrategy[Event]:
    numbers = strategies.integers(0, 5)
    fields = {"session": strategies.sampled_from((0, 0, 0, 1, 1, 2))}
    match kind:
        case "create":
            fields |= {"number": strategies.integers(0, 1)}
        case "execute":
            fields |= {"cell": strategies.sampled_from(list(CELLS)), "ms": _moments()}
        case "nothing":
            fields = {}
        case "wait":
            fields = {"ms": _moments()}
        case "upload" | "begin upload":
            fields |= {"number": numbers, "size": strategies.sampled_from(SIZES)}
            fields |= {"how": strategies.sampled_from(UPLOAD_ENDS)}
        case "signal":
            fields |= {"how": strategies.sampled_from(TARGETS), "ms": _moments()}
            fields |= {"signal": strategies.sampled_from(SIGNALS)}
        case "cancel" | "abandon" | "watch" | "end upload" | "delete file":
            fields |= {"number": numbers}
        case "download" | "break download":
            fields |= {"number": numbers, "size": strategies.sampled_from(SIZES)}
    return strategies.builds(Event, kind=strategies.just(kind), **fields)


def _moments() -> strategies.SearchStrategy[int]:
    return strategies.integers(0, 50)


def sequences() -> strategies.SearchStrategy[list[Event]]:
    """Generates sequences that begin with two sessions; little happens without sessions."""
    events = strategies.sampled_from(KINDS).flatmap(_event)
    rest = strategies.lists(events, min_size=12, max_size=40)
    return rest.map(
        lambda events: [
            event
            for event in (Event("create"), Event("create", 1), *events)
            if event.kind != "nothing"
        ]
    )


def text_of(sequence: list[Event]) -> str:
    """Returns a sequence as JSON, an event a line."""
    default = asdict(Event(""))
    lines = [
        json.dumps({key: value for key, value in asdict(event).items() if value != default[key]})
        for event in sequence
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def load(path: Path) -> list[Event]:
    """Reads a file that text_of() has made."""
    return [Event(**fields) for fields in json.loads(path.read_text())]
