"""Figure h: the memory of one more idle session, by /proc/meminfo of the whole machine.

MemAvailable is the memory that a user loses; it lacks the memory in the CPUs' free lists, which is
added to it. Other processes that read or write files meanwhile change it. The sum of KINDS leaves
out memory that the kernel can reclaim, so files do not change it; only other processes do.

Each reading is a median, taken after a sync of the disk, and drift is eliminated by a reading
before and one after. The private memory of sessions' processes, by /proc, is reported, too: it
lacks the kernel's memory for them, but no other process can disturb it.
"""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import replace

from carrel import Session

from bench import processes
from bench.context import IMAGE, Bench, say
from bench.latency import PANDAS
from bench.machine import free_in_lists, meminfo
from bench.measurement import Measurement, Outcome, Part, measurement

# Memory that belongs to processes and cannot be dropped; they do not overlap.
KINDS = ("AnonPages", "Shmem", "PageTables", "SecPageTables", "KernelStack", "SUnreclaim", "Percpu")
READINGS = 7
BETWEEN = 0.2
# Time for the work that the server and the kernel still do after a call.
SETTLE_SECONDS = 1.5
KIB_PER_MIB = 1024
# Parameters of the estimate of a session's memory, with the kernel's memory for it, and the share
# of the memory that may be used.
PROBES = 20
ROUND_UP = 1.3
SHARE = 0.85
# The difference per session up to which the two ways of counting agree.
DISAGREE_MIB = 0.5
PRINT = "print(1+1)"
DISTURBED = "others worked meanwhile; the sum of kinds counts, which they disturb less"

# MemAvailable and the memory in the CPUs' free lists.
AVAILABLE = "available"

Reading = dict[str, float]


def read() -> Reading:
    """Returns a steady reading, in KiB; with the sum of KINDS as `kinds`, and available memory."""
    os.sync()
    time.sleep(SETTLE_SECONDS)
    taken = []
    for _ in range(READINGS):
        info = meminfo()
        taken.append(info | {AVAILABLE: info["MemAvailable"] + free_in_lists()})
        time.sleep(BETWEEN)
    steady = {key: statistics.median(info[key] for info in taken) for key in taken[0]}
    return steady | {"kinds": sum(steady.get(kind, 0) for kind in KINDS)}


def private(bench: Bench) -> float:
    """Returns the KiB of private memory of all processes but carreld, its launcher and zygotes."""
    lasting = set(processes.lasting(bench.server.pid))
    others = set(processes.tree(bench.server.pid)) - lasting
    return float(sum(map(processes.private_kib, others)))


def that_fit(bench: Bench, wanted: int) -> int:
    """Returns how many sessions, at most `wanted`, may be opened without exhausting the memory."""
    before = private(bench)
    sessions = open_sessions(bench, PROBES, PRINT)
    cost = ROUND_UP * (private(bench) - before) / PROBES
    for session in sessions:
        session.delete()
    return min(wanted, int(SHARE * meminfo()["MemAvailable"] / max(cost, 1)))


class Costs:
    """KiB per session by field, with the sign of MemAvailable reversed. One sample per round."""

    def __init__(self) -> None:
        self.by_field: dict[str, list[float]] = {}
        self.drift: list[float] = []
        self.private: list[float] = []

    def add(self, before: Reading, between: Reading, after: Reading, count: int) -> None:
        """Adds a round that had `count` sessions in between."""
        for field in (AVAILABLE, "kinds", *KINDS, "SReclaimable"):
            if field not in before:
                continue
            sign = -1 if field == AVAILABLE else 1
            rest = (before[field] + after[field]) / 2
            self.by_field.setdefault(field, []).append(sign * (between[field] - rest) / count)
        lost = before[AVAILABLE] - after[AVAILABLE]
        self.drift.append(lost / count / KIB_PER_MIB)

    def mib(self, field: str) -> tuple[float, ...]:
        """Returns the samples of one field."""
        return tuple(value / KIB_PER_MIB for value in self.by_field[field])

    @property
    def is_disturbed(self) -> bool:
        """True if the available memory and the sum of kinds disagree."""
        differences = zip(self.mib("kinds"), self.mib(AVAILABLE), strict=True)
        return max(abs(kinds - available) for kinds, available in differences) > DISAGREE_MIB


def open_sessions(bench: Bench, count: int, code: str) -> list[Session]:
    """Opens sessions, and runs one cell in each."""
    sessions: list[Session] = []
    told = time.monotonic()
    for _ in range(count):
        sessions.append(bench.client.create_session(IMAGE))
        sessions[-1].execute(code)
        if time.monotonic() - told > 5:
            told = time.monotonic()
            say(f"      {len(sessions)} of {count} sessions opened")
    return sessions


def cost(bench: Bench, count: int, code: str, rounds: int) -> Costs:
    """Opens and deletes `count` sessions, `rounds` times."""
    for session in open_sessions(bench, 2, code):  # the first session has one-off costs
        session.delete()
    costs = Costs()
    before = read()
    for _ in range(rounds):
        private_before = private(bench)
        sessions = open_sessions(bench, count, code)
        between = read()
        costs.private.append((private(bench) - private_before) / count / KIB_PER_MIB)
        for session in sessions:
            session.delete()
        after = read()
        costs.add(before, between, after, count)
        before = after
    return costs


def _rows(costs: Costs, name: str) -> list[Measurement]:
    rows = [measurement(f"{name}: ΔMemAvailable", costs.mib(AVAILABLE), "MiB")]
    rows.append(measurement(f"{name}: sum of kinds", costs.mib("kinds"), "MiB"))
    rows.append(measurement(f"{name}: private to processes", costs.private, "MiB"))
    for kind in (*KINDS, "SReclaimable"):
        samples = costs.by_field.get(kind, [0.0])
        if max(samples) >= 1:
            rows.append(replace(measurement(kind, samples, "KiB"), is_part=True))
    rows.append(replace(measurement("drift of MemAvailable", costs.drift, "MiB"), is_part=True))
    return rows


def idle_session(bench: Bench) -> Outcome:
    """Measures figure h."""
    count, rounds = that_fit(bench, bench.pick(1000, 100)), bench.pick(3, 2)
    costs = cost(bench, count, PRINT, rounds)
    rows = _rows(costs, f"idle after {PRINT}, {count} sessions")
    available, kinds = rows[0], rows[1]
    if bench.details:
        few = cost(bench, count // 10, PANDAS, 1)
        rows += _rows(few, f"idle after a pandas cell, {count // 10} sessions")
    told = kinds if costs.is_disturbed else available
    return Outcome(
        value=told.median,
        measured=told,
        parts=(
            Part("ΔMemAvailable per session", available.median, "MiB"),
            Part("sum of AnonPages, PageTables and others", kinds.median, "MiB"),
            Part("private to its processes, with page tables", rows[2].median, "MiB"),
        ),
        note=DISTURBED if costs.is_disturbed else "",
        details=rows,
    )
