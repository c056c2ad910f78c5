"""The results of a chaos run, from all its threads: counts, faults, and the current attacks."""

from __future__ import annotations

import textwrap
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.caller import GET
from bench.measurement import quantile

# The goals of a neighbour's latencies while others attack: reported only; no run fails by them.
GOAL_RATIO = 3.0
GOAL_GET_MS = 50.0
_ODDITIES_SHOWN = 20
_COLUMNS = 100


@dataclass(frozen=True)
class Fault:
    """A violation, with the attacks that ran at that moment."""

    seconds: float
    text: str
    running: tuple[str, ...]

    def __str__(self) -> str:
        running = ", ".join(self.running) or "nothing"
        return f"after {self.seconds:.0f} s: {self.text}\n  while there ran: {running}"


class Board:
    """Thread safe."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._lock = threading.Lock()
        self._running: dict[int, str] = {}
        self.faults: list[Fault] = []
        self.oddities: list[str] = []
        self.attacks: Counter[str] = Counter()
        self.deaths: Counter[str] = Counter()
        self.tasks: Counter[str] = Counter()
        # The samples in milliseconds, by phase and kind of call.
        self.latencies: dict[str, dict[str, list[float]]] = {}

    @property
    def seconds(self) -> float:
        """Returns the seconds since the run began."""
        return time.monotonic() - self._begun

    @property
    def running(self) -> tuple[str, ...]:
        """Returns the attacks that run now."""
        with self._lock:
            return tuple(sorted(self._running.values()))

    def begin(self, number: int, attack: str) -> None:
        """Notes that an attacker begins."""
        with self._lock:
            self._running[number] = attack
            self.attacks[attack] += 1

    def end(self, number: int, how: str) -> None:
        """Notes that its attack has ended."""
        with self._lock:
            self._running.pop(number, None)
            self.deaths[how] += 1

    def did(self, task: str) -> None:
        """Notes that an innocent has done a task."""
        with self._lock:
            self.tasks[task] += 1

    def note(self, oddity: str) -> None:
        """Notes an observation that an attack's header does not allow; few CPUs may cause it."""
        with self._lock:
            self.oddities.append(oddity)

    def fault(self, text: str) -> None:
        """Notes a violation."""
        fault = Fault(self.seconds, text, self.running)
        with self._lock:
            self.faults.append(fault)

    def took(self, phase: str, kind: str, samples: Sequence[float]) -> None:
        """Adds a caller's samples."""
        self.latencies.setdefault(phase, {}).setdefault(kind, []).extend(samples)


def latency_lines(latencies: dict[str, dict[str, list[float]]]) -> list[str]:
    """Returns the p99 by kind and phase, with the ratio to the first phase."""
    if not latencies:
        return []
    phases = list(latencies)
    lines = [f"{'p99, ms':18}" + "".join(f"{phase:>18}" for phase in phases) + f"{'ratio':>9}"]
    for kind, alone in latencies[phases[0]].items():
        values = [quantile(latencies[phase].get(kind) or [0.0], 0.99) for phase in phases]
        ratio = values[-1] / quantile(alone, 0.99)
        met = ratio <= GOAL_RATIO and (kind != GET or values[-1] <= GOAL_GET_MS)
        cells = "".join(f"{value:18.2f}" for value in values)
        lines.append(f"{kind:18}{cells}{ratio:9.1f}  {'met' if met else 'NOT MET'}")
    goal = f"goal: ratio ≤ {GOAL_RATIO:g}, {GET} ≤ {GOAL_GET_MS:g} ms"
    return [*lines, f"({goal}; last ÷ first column; nothing fails because of it)"]


def _counts(title: str, counter: Counter[str]) -> list[str]:
    told = ", ".join(f"{name}:\u00a0{count}" for name, count in counter.most_common())
    head = f"{counter.total():,} {title}, {len(counter)} kinds: "
    return textwrap.wrap(head + told, _COLUMNS, subsequent_indent="  ", break_on_hyphens=False)


def report(board: Board, seed: int) -> str:
    """Returns the table at the end."""
    lines = _counts("attacks", board.attacks)
    lines += _counts("ends of attacks", board.deaths)
    lines += _counts("tasks of innocents", board.tasks)
    lines += latency_lines(board.latencies)
    if board.oddities:
        lines.append(f"{len(board.oddities)} attacks saw what their headers do not say, as:")
        lines += [f"  {text}" for text in board.oddities[:_ODDITIES_SHOWN]]
    lines.append(f"{len(board.faults)} faults, seed {seed}")
    lines += map(str, board.faults)
    return "\n".join(lines)
