"""How fast Get and Cancel answer while guests do their worst: p50, p99 and max.

    PYTHONPATH=client/src:tests .carrel/tools/bin/python bench/control_plane.py

Beside it, in the same run, the same call on an idle server. Guests are four sessions of one kind at
a time, then two of each kind. Callers do not read the streams of these cells.
"""

from __future__ import annotations

import time
from datetime import timedelta

from carrel import Client, Limits, Session, StartedEvent
from support import local_server

WORST = {
    "busy loop": "while True: pass",
    "fork bomb": "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
    "threads": """
import threading
while True:
    try: threading.Thread(target=lambda: sum(iter(int, 1))).start()
    except RuntimeError: pass
""",
    "writes to the pipe": "import os\nb = b'x' * 65536\nwhile True: os.write(1, b)",
    "prints": "while True: print('x' * 1000)",
    "displays": "while True: display('x' * 10000)",
    "refused calls": "import ctypes\nl = ctypes.CDLL(None)\nwhile True: l.syscall(250, 0)",
    "many files": "n = 0\nwhile True:\n  open(str(n % 5000), 'w').close(); n += 1",
    "memory up and down": """
import time
x = []
while True:
    x.append(bytearray(1 << 20)); time.sleep(0.005)
    if len(x) > 300: x = []
""",
    "disk writes": """
b = b'x' * (1 << 20)
while True:
    with open('f', 'wb') as f:
        for i in range(64): f.write(b)
""",
    "subprocesses": "import subprocess\nwhile True: subprocess.run(['true'])",
}
LIMITS = Limits(execution_timeout=timedelta(minutes=5))


def told(taken: list[float]) -> str:
    """The columns of the table."""
    taken.sort()
    p50, p99 = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    return f"{p50:8.2f} {p99:8.2f} {taken[-1]:8.2f}"


def gets(session: Session, count: int) -> list[float]:
    """Asks for the session, every 5 ms."""
    taken = []
    for _ in range(count):
        start = time.perf_counter()
        session.refresh()
        taken.append(1000 * (time.perf_counter() - start))
        time.sleep(0.005)
    return taken


def cancels(session: Session, count: int) -> list[float]:
    """Cancels cells that run; how long these take to end is not its matter."""
    taken = []
    for _ in range(count):
        events = session.stream("import time; time.sleep(1000)")
        execution = next(event.execution for event in events if isinstance(event, StartedEvent))
        start = time.perf_counter()
        session.cancel(execution)
        taken.append(1000 * (time.perf_counter() - start))
        for _ in events:
            pass
    return taken


def latencies(session: Session) -> str:
    """Both, as columns."""
    return f"{told(gets(session, 300))} {told(cancels(session, 100))}"


def under(client: Client, idle: Session, kinds: list[str]) -> str:
    """The same while these cells run."""
    guests = [client.create_session("minimal", limits=LIMITS) for _ in kinds]
    streams = [guest.stream(WORST[kind]) for guest, kind in zip(guests, kinds, strict=True)]
    time.sleep(1.5)
    columns = latencies(idle)
    for guest in guests:
        guest.delete()
    del streams
    return columns


def main() -> None:
    """Prints a table."""
    with local_server(images=["minimal"]) as server, Client(server.address) as client:
        idle = client.create_session("minimal")
        columns = f"{'p50':>8} {'p99':>8} {'max':>8}"
        print(f"{'ms':24} {'GetSession':^26} {'CancelExecution':^26}")
        print(f"{'':24} {columns} {columns}")
        print(f"{'idle server':24} {latencies(idle)}")
        for kind in WORST:
            print(f"{'4 × ' + kind:24} {under(client, idle, [kind] * 4)}", flush=True)
        print(f"{'2 × each':24} {under(client, idle, list(WORST) * 2)}")


if __name__ == "__main__":
    main()
