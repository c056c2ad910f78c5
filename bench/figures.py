"""The figures, a to o: the name, the goal, and the function that measures each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench import (
    bystanders,
    churn,
    crowd,
    latency,
    memory,
    neighbours,
    plain,
    recovery,
    throughput,
)
from bench.context import Bench
from bench.measurement import Outcome, Spec

Measure = Callable[[Bench], Outcome]

_LOWER, _HIGHER = "lower", "higher"

SPECS = (
    Spec("a", "CreateSession, pool warm ÷ bare unary call", "ratio", _LOWER, 2, 8),
    Spec("b", "print(1+1) in a warm session ÷ bare 3-message stream", "ratio", _LOWER, 2, 5),
    Spec("c", "session and first pandas result against a Jupyter kernel", "× faster", _HIGHER, 100),
    Spec("d", "CSV, groupby, PNG chart in a cell ÷ plain CPython", "ratio", _LOWER, 1.1),
    Spec("e", "CPU-bound Python and numpy ÷ plain CPython", "ratio", _LOWER, 1.02),
    Spec("f", "stdout of a printing cell ÷ bare stream, MB/s", "ratio", _HIGHER, 0.5),
    Spec("g", "WriteFile, ReadFile ÷ bare stream with SHA-256, MB/s", "ratio", _HIGHER, 0.7),
    Spec("h", "memory of one more idle session, after one cell", "MiB", _LOWER, 3),
    Spec("i", "a and b with thousands of live sessions ÷ with 10", "ratio", _LOWER, 1.5),
    Spec("j", "cells per second over 64 sessions ÷ 8 Jupyter kernels", "ratio", _HIGHER, 10),
    Spec("k", "what grows while sessions come and go", "kinds", _LOWER, 0),
    Spec("l", "zygote killed under load: until new sessions are served", "s", _LOWER, 2),
    Spec("m", "calls of others while guests do their worst ÷ alone, p99", "ratio", _LOWER, 3),
    Spec("n", "carreld's CPU for a session that has no cell running", "% of a core", _LOWER, 0.1),
    Spec("o", "memory that a session has carreld hold, beyond its limits", "MiB", _LOWER, 4),
)

# Names for groups of figures.
GROUPS = {"hostile": ("m", "n", "o")}


@dataclass(frozen=True)
class Stage:
    """Figures that share a carreld; those that would disturb others have one of their own."""

    measures: dict[str, Measure]
    in_memory: bool = False  # If true, sessions' files are on no disk.


STAGES = (
    Stage(
        {
            "a": latency.create,
            "b": latency.warm_cell,
            "c": latency.first_result,
            "d": plain.chart_cell,
            "f": throughput.output,
            "g": throughput.files,
            "h": memory.idle_session,
        }
    ),
    Stage({"e": plain.busy_cells}, in_memory=True),
    # The order matters: after thousands of sessions have ended, the machine is slower for a while.
    Stage({"j": crowd.cell_rate, "i": crowd.live_sessions}),
    Stage({"k": churn.growth}),
    Stage({"l": recovery.zygote_killed}),
    Stage({"m": neighbours.neighbours}),
    Stage({"n": bystanders.idle_cpu, "o": bystanders.held_memory}),
)
