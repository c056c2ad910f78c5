"""Code that the whole-system tests share: servers, waiting, and reading /proc.

The tests only read outside of their temporary directories; hostile code runs in sessions alone.
"""

from __future__ import annotations

import itertools
import os
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import grpc
from carrel import (
    Client,
    Display,
    DisplayEvent,
    Event,
    FinishedEvent,
    OutputEvent,
    Result,
    ResultEvent,
    Session,
    StdoutEvent,
)
from carrel.errors import CarrelError, from_rpc_error
from carrel.stream import ExecutionStream
from carrel.testing import LocalServer
from lanes.lane import LANE, use_scratch
from lanes.lane_server import make_server

T = TypeVar("T")

# The factor by which this machine is slower than usual. It scales timeouts, and changes no expected
# result.
SLOWNESS = float(os.environ.get("CARREL_TEST_SLOWNESS", "1"))

# The seconds that anything may take before a test gives up; the machine may be slow.
PATIENCE = 90.0 * SLOWNESS

# The number of equal samples of the pool, 20 ms apart, after which it has settled; it makes a
# session in less time.
_QUIET_LOOKS = 15

_server_numbers = itertools.count()

use_scratch()


def local_server(**arguments: Any) -> LocalServer:
    """Returns a server in this run's isolation mode, whose sessions' uids no other server uses.

    In restricted mode all sessions have the server's own uid.
    """
    first = 100_000_000 + os.getpid() % 4000 * 400_000 + next(_server_numbers) * 10_000
    return make_server(**{"first_session_uid": first, "start_timeout": PATIENCE, **arguments})


def eventually(
    condition: Callable[[], T],
    what: str,
    patience: float = PATIENCE,
    why_not: Callable[[], object] = lambda: "",
) -> T:
    """Waits until `condition` is true and returns its value."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {patience:g} s: {what} {why_not()}"
        time.sleep(0.02)
    return value


def error_of(call: Callable[..., Any], *arguments: Any) -> CarrelError:
    """Returns the CarrelError of a call, unary or streamed, of a raw stub."""
    try:
        answer = call(*arguments, timeout=PATIENCE)
        if isinstance(answer, grpc.Call):
            list(answer)  # type: ignore[call-overload]
    except grpc.RpcError as error:
        return from_rpc_error(error, "carreld")
    raise AssertionError("the call succeeded")


# ------------------------------------------------------------------ cells

# A cell calls this to wait until the test uploads a file.
WAIT_FOR = """
def wait_for(name):
    import os, time
    while not os.path.exists(name):
        time.sleep(0.01)
"""


def wait_for(name: str) -> str:
    """Returns code that waits until the file `name` is uploaded."""
    return f"{WAIT_FOR}\nwait_for({name!r})\n"


def read_until_stdout(stream: Iterable[Event], text: str) -> list[Event]:
    """Returns the events up to the one that completes `text` on stdout."""
    events: list[Event] = []
    seen = ""
    for event in stream:
        events.append(event)
        if isinstance(event, StdoutEvent):
            seen += event.text
        if text in seen:
            return events
    raise AssertionError(f"{text!r} was not printed; the stream said {events}")


def finished(stream: Iterable[Event]) -> FinishedEvent:
    """Returns the last event of a stream, which must be the end."""
    *_, last = stream
    assert isinstance(last, FinishedEvent)
    return last


def start_queued(session: Session, code: str, execution_id: str) -> ExecutionStream:
    """Executes a cell, and returns when the server has accepted it."""
    stream = session.stream(code, execution_id=execution_id)

    def accepted() -> bool:
        try:
            return session.execution(execution_id) is not None
        except CarrelError:
            return False

    eventually(accepted, f"{execution_id} is accepted")
    return stream


def trace(events: Iterable[Event]) -> list[tuple[str, str]]:
    """Returns a reader's view of events, in order: neighbouring pieces of one stream are joined."""
    seen: list[tuple[str, str]] = []
    for event in events:
        match event:
            case OutputEvent():
                kind = "stdout" if isinstance(event, StdoutEvent) else "stderr"
                if seen and seen[-1][0] == kind:
                    seen[-1] = (kind, seen[-1][1] + event.text)
                else:
                    seen.append((kind, event.text))
            case DisplayEvent():
                seen.append(("display", _text(event.display)))
            case ResultEvent():
                seen.append(("result", _text(event.display)))
    return seen


def _text(display: Display) -> str:
    return display.text or ""


def run(session: Session, code: str, **arguments: Any) -> Result:
    """Runs a cell that must succeed."""
    result = session.execute(code, **arguments)
    assert result.succeeded, (result.execution.message, result.error, result.stderr)
    return result


def value(session: Session, expression: str) -> str:
    """Returns the text that a session prints for an expression."""
    return run(session, f"print({expression})").stdout.removesuffix("\n")


# -------------------------------------------------------------- processes


def session_folders(server: LocalServer, session: Session) -> list[Path]:
    """Returns the directories of a session in the data directory: one while it lives, then none.

    A warm session has its directory from before it had a name, so the name is in the server's log.
    """

    def logged() -> Path | None:
        names = re.findall(rf"session {session.id} opened, .*folder (\S+)\n", server.log_text())
        return server.data_directory / "sessions" / names[-1] if names else None

    folder = eventually(logged, "its folder is logged")
    return [folder] if folder.exists() else []


def warm_count(client: Client) -> int:
    """Returns the number of interpreters that wait for sessions, of all images."""
    return sum(image.warm_interpreter_count for image in client.info().images)


def settle(client: Client) -> int:
    """Waits until the pool of warm sessions has settled; returns its size."""
    seen: list[int] = []

    def is_settled() -> bool:
        seen.append(warm_count(client))
        return len(seen) >= _QUIET_LOOKS and len(set(seen[-_QUIET_LOOKS:])) == 1 and seen[-1] > 0

    eventually(is_settled, "the pool of warm sessions has settled")
    return seen[-1]


def _status(pid: int) -> dict[str, str]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def all_pids() -> list[int]:
    """Returns the processes of this machine."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def is_alive(pid: int) -> bool:
    """Returns true unless the process is gone or a zombie."""
    status = _status(pid)
    return bool(status) and not status["State"].startswith(("Z", "X"))


def pids_of_uid(uid: int) -> list[int]:
    """Returns the living processes of a user."""
    return [pid for pid in all_pids() if _status(pid).get("Uid", "").split("\t")[0] == str(uid)]


def zygotes(server: LocalServer) -> dict[int, str]:
    """Returns the launcher's living children that fork sessions, or wait to, with their names."""
    (launcher,) = children_of(server.pid)
    names = {pid: _status(pid).get("Name", "") for pid in children_of(launcher) if is_alive(pid)}
    return {pid: name for pid, name in names.items() if name in ("carrel-zygote", "carrel-spare")}


def zygote_and_spare(server: LocalServer) -> tuple[int, int]:
    """Waits until a server of one image has one zygote and one spare; returns them."""

    def found() -> dict[str, int]:
        seen = zygotes(server)
        pids = {name: pid for pid, name in seen.items()}
        return pids if len(seen) == len(pids) == 2 else {}

    pids = eventually(found, "there is one zygote, and one spare", why_not=lambda: zygotes(server))
    return pids["carrel-zygote"], pids["carrel-spare"]


class SessionProcesses:
    """The processes of a session as the host sees them, without its supervisor.

    Where sessions share a user, processes are identified by their directories: the working
    directory, or the descriptor that leads to the workspace.
    """

    def __init__(self, server: LocalServer, session: Session) -> None:
        (self._folder,) = session_folders(server, session)
        self._uid = (self._folder / "files").stat().st_uid

    def pids(self) -> list[int]:
        """Returns the living processes; also after the session was deleted."""
        pids = pids_of_uid(self._uid)
        return pids if LANE != "restricted" else [pid for pid in pids if self._is_in_folder(pid)]

    def _is_in_folder(self, pid: int) -> bool:
        for link in ("cwd", "fd/100"):
            try:
                if str(Path(f"/proc/{pid}/{link}").readlink()).startswith(f"{self._folder}/"):
                    return True
            except OSError:
                continue
        return False


def all_children() -> dict[int, list[int]]:
    """Returns the direct children of every process that has any."""
    found: dict[int, list[int]] = {}
    for pid in all_pids():
        if stat := _stat(pid):
            found.setdefault(int(stat[1]), []).append(pid)
    return found


def children_of(pid: int) -> list[int]:
    """Returns the direct children of a process."""
    return all_children().get(pid, [])


def tree_below(pid: int, children: dict[int, list[int]] | None = None) -> list[int]:
    """Returns all descendants of a process."""
    known = all_children() if children is None else children
    direct = known.get(pid, [])
    return direct + [deeper for child in direct for deeper in tree_below(child, known)]


def parent_of(pid: int) -> int:
    """Returns the parent of a process."""
    return int(_stat(pid)[1])


def _stat(pid: int) -> list[str]:
    """Returns the fields of /proc/PID/stat from the state on; empty if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def start_time(pid: int) -> str:
    """Returns the start time, which, with the pid, identifies a process uniquely."""
    return (_stat(pid) or [""] * 20)[19]


def identities(pids: Iterable[int]) -> set[tuple[int, str]]:
    """Returns identifiers of processes that no later process can have."""
    return {(pid, start_time(pid)) for pid in pids}


def survivors(processes: set[tuple[int, str]]) -> set[tuple[int, str]]:
    """Returns the processes that still live."""
    return {item for item in processes if is_alive(item[0]) and start_time(item[0]) == item[1]}


def memory_peak_bytes(pid: int) -> int:
    """Returns the peak of a process's resident memory, in bytes."""
    return int(_status(pid)["VmHWM"].split()[0]) * 1024
