"""Figures n and o: CPU and memory that carreld takes for sessions that should cost it nothing."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from carrel import Client, Limits, Session
from carrel.testing import LocalServer

from bench import processes
from bench.context import Bench, first_session_uid
from bench.measurement import Outcome, Part, measurement

GOAL_PERCENT = 0.1
GOAL_MIB = 4.0
SESSIONS = 4
KIB = 1024
MIB = 1 << 20
SETTLE_SECONDS = 2.0
# carreld returns what it has freed within this time (service/own_memory.cc).
RETURN_SECONDS = 35.0

# Activities of a session while no cell runs.
BACKGROUND = {
    "nothing": "1",
    "250 sleeping forks": """
import os, signal
for _ in range(250):
    if os.fork() == 0:
        while True: signal.pause()
""",
    "a busy thread": """
import threading
def work():
    while True: pass
threading.Thread(target=work, daemon=True).start()
""",
    "processes that fork": """
import os
for _ in range(2):
    if os.fork() == 0:
        while True:
            try: child = os.fork()
            except OSError: continue
            if child == 0: os._exit(0)
            os.waitpid(child, 0)
""",
    "threads that write files": """
import threading, time
def work(name):
    while True: open(name, 'w').close()
for number in range(4): threading.Thread(target=work, args=(str(number),), daemon=True).start()
""",
}
ROOM = Limits(process_count=256)


def own_cpu(bench: Bench, code: str, seconds: float) -> float:
    """Percent of a core that carreld takes at its own priority, per session that runs `code`."""
    sessions = [bench.client.create_session("minimal", limits=ROOM) for _ in range(SESSIONS)]
    try:
        for session in sessions:
            session.execute(code)
        time.sleep(SETTLE_SECONDS)
        before, begun = processes.cpu_nanoseconds(bench.server.pid), time.monotonic()
        time.sleep(seconds)
        after, ended = processes.cpu_nanoseconds(bench.server.pid), time.monotonic()
    finally:
        for session in sessions:
            session.delete()
    spent = sum(time - before.get(thread, 0) for thread, time in after.items())
    return 100 * spent / 1e9 / (ended - begun) / SESSIONS


def idle_cpu(bench: Bench) -> Outcome:
    """Measures figure n: its value is the worst."""
    seconds = bench.pick(10.0, 5.0)
    taken = {name: own_cpu(bench, code, seconds) for name, code in BACKGROUND.items()}
    rows = [measurement(name, [percent], "%") for name, percent in taken.items()]
    worst = max(rows, key=lambda row: row.median)
    return Outcome(
        value=worst.median,
        measured=worst,
        baseline=rows[0],
        parts=tuple(Part(row.name, row.median, "%", GOAL_PERCENT) for row in rows),
        note=f"{SESSIONS} sessions at a time, each in turn of each kind",
        details=rows,
        compared=tuple(rows),
    )


# Limits of these sessions, which bound the data that each execution may keep: two streams, and
# displays.
SMALL = Limits(display_bytes=64 * KIB, output_bytes=64 * KIB)
ALLOWED_MIB = 3 * 64 * KIB / MIB
# Cells that make carreld keep data; the limits of an execution bound the amount.
FILLS = {
    "metadata of displays": """
for number in range(1024):
    display({'text/plain': ''}, raw=True, metadata={'text/plain': {'x': 'y' * 65000}})
""",
    "ids of displays": """
for number in range(1024):
    display({'text/plain': ''}, raw=True, display_id=f'{number:0700}')
""",
    "types of displays": """
for number in range(1024):
    display({f"x/{kind}-{'y' * 240}": '' for kind in range(32)}, raw=True)
""",
    "bytes between updates": """
import sys
for number in range(30_000):
    print(end='x'); print(end='y', file=sys.stderr)
    display({'text/plain': str(number)}, raw=True, display_id=str(number % 3), update=True)
""",
    "names of files": """
import os
for folder in range(20):
    os.mkdir(str(folder))
    for number in range(950): open(f"{folder}/{number:0220}", 'w').close()
""",
    "folders": "import os\nfor number in range(19_000): os.mkdir(f'{number:0200}')",
    "small images": """
for number in range(2000): display({'image/png': b'\\x89PNG' + number.to_bytes(4)}, raw=True)
""",
    "output": "for _ in range(300): print('x' * 100_000)",
    "refused calls": """
import ctypes
for number in range(20_000): ctypes.CDLL(None).syscall(number % 450 if number % 450 > 420 else 250)
""",
}
MANY_CELLS = 1000


@contextlib.contextmanager
def _fresh_session(bench: Bench) -> Iterator[tuple[LocalServer, Session]]:
    """Yields a session of a carreld that has not kept or freed anything yet."""
    with (
        LocalServer(
            checkout=bench.checkout, images=["minimal"], first_session_uid=first_session_uid(2)
        ) as server,
        Client(server.address) as client,
        client.create_session("minimal", limits=SMALL) as session,
    ):
        session.execute("print(1)\ndisplay(1)")
        yield server, session


def held_mib(server: LocalServer) -> float:
    """Returns the private memory of carreld once it is stable."""
    time.sleep(SETTLE_SECONDS)
    status = Path(f"/proc/{server.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("RssAnon:"))
    return int(line.split()[1]) / KIB


def beyond_limits(bench: Bench, fill: str) -> float:
    """MiB that carreld keeps for a session after `fill`, beyond the session's limits."""
    with _fresh_session(bench) as (server, session):
        before = held_mib(server)
        session.execute(fill)
        end = time.monotonic() + RETURN_SECONDS
        beyond = least = held_mib(server) - before - ALLOWED_MIB
        while beyond > GOAL_MIB and time.monotonic() < end:
            beyond = held_mib(server) - before - ALLOWED_MIB
            least = min(least, beyond)
        return least


def short_cells(bench: Bench, count: int) -> float:
    """MiB that carreld keeps for `count` cells without output."""
    with _fresh_session(bench) as (server, session):
        before = held_mib(server)
        for _ in range(count):
            session.execute("1")
        return held_mib(server) - before


def held_memory(bench: Bench) -> Outcome:
    """Measures figure o: its value is the worst."""
    taken = {name: beyond_limits(bench, fill) for name, fill in FILLS.items()}
    taken[f"history of {MANY_CELLS} cells"] = short_cells(bench, MANY_CELLS)
    rows = [measurement(name, [max(mib, 0.01)], "MiB") for name, mib in taken.items()]
    worst = max(rows, key=lambda row: row.median)
    return Outcome(
        value=worst.median,
        measured=worst,
        parts=tuple(Part(row.name, row.median, "MiB", GOAL_MIB) for row in rows),
        note=f"the worst: {worst.name}",
        details=rows,
        compared=tuple(rows),
    )
