"""Interrupts at the last moment of a cell, and signals between cells, by the thousand.

    ./dev stress [--cells N] [--signals N] [--seed N] [--image NAME]

An interrupt belongs to the cell that it was meant for, or to none. So no interpreter may be lost,
every cell must be reported to have ended as it did, and the next one must run and find its
variables. The results are reported as one line for each kind; the seed makes the same cells again.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from carrel import Cause, Client, Ending, Result, Session, State
from support import local_server

# The working time of a cell, and the largest distance of its timeout from its end, in seconds.
_WORK = (0.004, 0.02)
_MARGIN = 0.004
_SESSIONS = 4

_WORKS = (
    "time.sleep({work})",
    "end = time.perf_counter() + {work}\nwhile time.perf_counter() < end: pass",
    "await asyncio.sleep({work})",
    "end = time.perf_counter() + {work}\nwhile time.perf_counter() < end: print(end='.')",
    "done.wait({work})",
)
_SETUP = """
import _thread, asyncio, ctypes, os, signal, subprocess, threading, time
begun, ended, done = 0, 0, threading.Event()
class Late(Exception): pass
def late(number, frame): raise Late(number)
"""

# Each interrupts its own cell after {delay} seconds, if the cell still runs then.
_SIGNALS = (
    "threading.Timer({delay}, os.kill, (os.getpid(), signal.SIGINT)).start()",
    "threading.Timer({delay}, _thread.interrupt_main).start()",
    "signal.signal(signal.SIGALRM, late); signal.setitimer(signal.ITIMER_REAL, {delay})",
    "signal.signal(signal.SIGUSR1, late)\n"
    "threading.Timer({delay}, os.kill, (os.getpid(), signal.SIGUSR1)).start()",
    "signal.signal(signal.SIGCHLD, late)\nchild = subprocess.Popen(['/bin/sleep', '{delay}'])",
    "main = threading.main_thread().ident\nthreading.Timer({delay}, lambda: ctypes.pythonapi."
    "PyThreadState_SetAsyncExc(ctypes.c_ulong(main), ctypes.py_object(Late))).start()",
)
_QUIET = """
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
for number in (signal.SIGALRM, signal.SIGUSR1):
    signal.signal(number, signal.SIG_IGN)  # One may be under way still.
signal.setitimer(signal.ITIMER_REAL, 0)
"""


class Faults:
    """The faults that were found, from all threads."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.endings: Counter[str] = Counter()
        self._lock = threading.Lock()

    def note(self, result: Result) -> None:
        """Counts how a cell ended."""
        with self._lock:
            self.endings[str(result.execution.cause)] += 1

    def expect(self, condition: bool, what: str, result: Result) -> None:
        """Notes a fault unless `condition` holds."""
        if not condition:
            execution = result.execution
            with self._lock:
                self.texts.append(
                    f"{what}: {execution.message} {result.error} in\n{execution.code}"
                )


def run_until_timeout(session: Session, chance: random.Random, faults: Faults) -> None:
    """Runs a cell whose timeout expires about when it ends, and checks the state that it left."""
    work = chance.uniform(*_WORK)
    code = f"begun += 1\n{chance.choice(_WORKS).format(work=work)}\nended = begun"
    timeout = max(0.001, work + chance.uniform(-_MARGIN, _MARGIN))
    result = session.execute(code, timeout=timeout)
    faults.note(result)
    execution = result.execution
    faults.expect(execution.variables_survived, "variables were lost", result)
    faults.expect(execution.cause in (Cause.COMPLETED, Cause.TIMEOUT), "told wrong", result)
    if execution.cause is Cause.TIMEOUT:
        faults.expect(execution.ending is Ending.INTERRUPTED, "not interrupted", result)
    after = session.execute("print(begun, ended)")
    faults.expect(after.succeeded, "the next cell failed", after)
    if execution.state is State.SUCCEEDED and after.succeeded:
        begun, ended = after.stdout.split()
        faults.expect(begun == ended, f"completed, but {begun} != {ended}", result)


def run_with_signal(session: Session, chance: random.Random, faults: Faults) -> None:
    """Runs a cell that causes a signal about when the next one starts."""
    delay = chance.uniform(0.0001, _MARGIN)
    code = chance.choice(_SIGNALS).format(delay=f"{delay:.6f}")
    first = session.execute(code)
    faults.note(first)
    # The signal may come while that cell ends, which then is reported to have ended by it.
    late = first.error is not None and first.error.type in ("Late", "KeyboardInterrupt")
    faults.expect(first.succeeded or late, "failed for no reason of its own", first)
    time.sleep(max(0.0, delay + chance.uniform(-_MARGIN, _MARGIN)))
    second = session.execute("begun += 1\nprint(begun)")
    faults.note(second)
    late = second.error is not None and second.error.type in ("Late", "KeyboardInterrupt")
    faults.expect(second.succeeded or late, "failed for no reason of its own", second)
    faults.expect(second.execution.variables_survived, "variables were lost", second)
    time.sleep(_MARGIN)
    session.execute(_QUIET)
    last = session.execute("print(begun >= 0)")
    faults.expect(last.stdout == "True\n", "the last cell failed", last)


def run_many(
    client: Client,
    image: str,
    count: int,
    seed: int,
    one: Callable[[Session, random.Random, Faults], None],
) -> Faults:
    """Runs `one` so many times, in several sessions at once; each must keep its interpreter."""
    faults = Faults()

    def work(number: int) -> None:
        chance = random.Random(seed * _SESSIONS + number)
        with client.create_session(image) as session:
            session.execute(_SETUP)
            for _ in range(number, count, _SESSIONS):
                one(session, chance, faults)
            if (generation := session.refresh().generation) != 1:
                faults.texts.append(f"generation {generation}: an interpreter was lost")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(_SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./dev stress", description=__doc__)
    parser.add_argument("--cells", type=int, default=10_000, help="cells that time out as they end")
    parser.add_argument("--signals", type=int, default=10_000, help="signals between cells")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--image", default="minimal")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    failed = 0
    with (
        local_server(interrupt_grace_period={"seconds": 60}) as server,
        Client(server.address) as client,
    ):
        for what, count, one in (
            ("cells whose timeout comes as they end", options.cells, run_until_timeout),
            ("signals between cells", options.signals, run_with_signal),
        ):
            faults = run_many(client, options.image, count, options.seed, one)
            endings = ", ".join(f"{name} {number}" for name, number in faults.endings.most_common())
            print(f"{count} {what}: {len(faults.texts)} faults ({endings})", flush=True)
            for text in faults.texts[:10]:
                print(text, flush=True)
            failed += len(faults.texts)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
