"""Figure k: the quantities that grow while sessions are opened, used and deleted.

The server's state is sampled after every block of sessions, when it is stable. The first blocks
are warm-up runs: allocators, pools and caches fill. From then on

- descriptors, processes, mounts, control groups and sessions' directories must not be more at the
  end than at the start: the tolerance is 0;
- the resident memory of carreld, its launcher and its zygotes may have a slope (Theil-Sen: the
  median of the slopes between any two samples, which ignores outliers) of no more than
  TOLERANCE_BYTES a session, or SMALLEST_KIB over the whole run, whichever is more: an allocator
  returns memory at its own time.
"""

from __future__ import annotations

import itertools
import statistics
import time

from bench import processes
from bench.context import IMAGE, Bench, say
from bench.measurement import Outcome, Part, measurement

BLOCKS = 25
WARM_UP_BLOCKS = 5
CALLERS = 4
TOLERANCE_BYTES = 100
SMALLEST_KIB = 2048
USE = "open('note.txt', 'w').write('x' * 1000); print(1+1)"
# Seconds between two samples; at rest, two consecutive samples are equal, apart from memory.
BETWEEN_LOOKS = 0.3
PATIENCE = 20.0
MEMORY = "resident memory"

Look = dict[str, float]


def look(bench: Bench) -> Look:
    """Samples every quantity that could grow."""
    lasting = processes.lasting(bench.server.pid)
    everything = list(processes.tree(bench.server.pid))
    return {
        MEMORY: sum(map(processes.rss_kib, lasting)),
        "descriptors": sum(processes.entries(f"/proc/{pid}/fd") for pid in lasting),
        "processes": len(everything),
        "mounts": processes.mounts(everything),
        "control groups": processes.cgroups(),
        "sessions' folders": processes.entries(str(bench.server.data_directory / "sessions")),
    }


def _counts(seen: Look) -> Look:
    return {kind: value for kind, value in seen.items() if kind != MEMORY}


def look_at_rest(bench: Bench) -> Look:
    """Samples until nothing changes: the pool is full again, the last session has been removed."""
    deadline = time.monotonic() + PATIENCE
    seen = look(bench)
    while True:
        time.sleep(BETWEEN_LOOKS)
        before, seen = seen, look(bench)
        if _counts(before) == _counts(seen) or time.monotonic() > deadline:
            return seen


def slope(values: list[float]) -> float:
    """Returns the Theil-Sen estimate of the growth from one value to the next."""
    pairs = itertools.combinations(enumerate(values), 2)
    return statistics.median((later - sooner) / (j - i) for (i, sooner), (j, later) in pairs)


def judge(looks: list[Look], sessions: int) -> list[Part]:
    """Returns the growth of each quantity over `sessions`, and the allowed growth."""
    parts = []
    for kind in looks[0]:
        values = [seen[kind] for seen in looks]
        if kind == MEMORY:
            grown = max(0.0, slope(values) * (len(values) - 1))
            allowed = max(SMALLEST_KIB, TOLERANCE_BYTES * sessions / 1024)
            parts.append(Part(f"{kind}, by its slope", grown, "KiB", round(allowed)))
        else:
            parts.append(Part(kind, values[-1] - values[0], "more", 0))
    return parts


def growth(bench: Bench) -> Outcome:
    """Measures figure k."""
    total = bench.pick(20_000, 300)
    block = total // BLOCKS
    looks = []
    for index in range(BLOCKS):
        bench.driver.run(
            "churn", image=IMAGE, sessions=block, callers=CALLERS, code=USE, timeout=600
        )
        looks.append(look_at_rest(bench))
        if not bench.quick:
            say(f"      {block * (index + 1)} of {total} sessions; {looks[-1][MEMORY]:.0f} KiB")
    steady = looks[WARM_UP_BLOCKS - 1 :]
    sessions = block * (len(steady) - 1)
    parts = judge(steady, sessions)
    memory = measurement(f"{MEMORY} after each block", [seen[MEMORY] for seen in steady], "KiB")
    grown = [part for part in parts if not part.met]
    return Outcome(
        value=len(grown),
        measured=memory,
        parts=tuple(parts),
        note=f"over {sessions} sessions, after {block * WARM_UP_BLOCKS} to warm up",
        details=[memory],
    )
