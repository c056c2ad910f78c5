r"""Measures what preloading a module costs and risks.

    MATPLOTLIBRC=.carrel/images/data-science/share/carrel/matplotlib/matplotlibrc \
      .carrel/images/data-science/bin/python tools/measure_preload.py MODULE...

Imports the modules in order, as the zygote would, and prints for each what it
adds: time, resident and anonymous memory, threads. Then the time of a fork and
the page tables it copies. More than one thread in the end is a failure: the
zygote would refuse to serve.
"""

import gc
import importlib
import os
import statistics
import sys
import time
from pathlib import Path

MIB = 1024


def memory() -> dict[str, int]:
    """Return this process's memory in KiB, by the names in smaps_rollup."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    return {name.rstrip(":"): int(value) for name, value, _ in map(str.split, lines)}


def thread_count() -> int:
    """Count this process's threads."""
    return len(list(Path("/proc/self/task").iterdir()))


def measure_imports(modules: list[str]) -> None:
    """Import the modules and print a row for each."""
    print(f"{'module':40} {'ms':>6} {'rss MiB':>8} {'anon MiB':>9} {'threads':>7}")
    for module in modules:
        before, start = memory(), time.perf_counter()
        importlib.import_module(module)
        spent = 1e3 * (time.perf_counter() - start)
        after = memory()
        rss, anonymous = ((after[k] - before[k]) / MIB for k in ("Rss", "Anonymous"))
        print(f"{module:40} {spent:6.0f} {rss:8.1f} {anonymous:9.1f} {thread_count():7}")


def measure_fork() -> None:
    """Print the cost of a fork now."""
    gc.collect()
    gc.freeze()
    spent = []
    for _ in range(50):
        start = time.perf_counter()
        child = os.fork()
        if child == 0:
            os._exit(0)
        spent.append(1e3 * (time.perf_counter() - start))
        os.waitpid(child, 0)
    tables = Path("/proc/self/status").read_text().split("VmPTE:")[1].split("\n")[0].strip()
    total = memory()
    print(
        f"anonymous {total['Anonymous'] / MIB:.0f} MiB, page tables {tables}, "
        f"fork {statistics.median(spent):.2f} ms (median of {len(spent)})"
    )


def main() -> int:
    """Measure the modules named on the command line."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    measure_imports(sys.argv[1:])
    measure_fork()
    return 0 if thread_count() == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
