"""Describes the machine of a run, on which its numbers depend."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

KIB_PER_GIB = 1 << 20


def meminfo() -> dict[str, float]:
    """Returns the fields of /proc/meminfo, in KiB."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return {key: float(rest.split()[0]) for key, _, rest in (line.partition(":") for line in lines)}


def free_in_lists() -> float:
    """Returns the KiB that are free in the lists of the CPUs.

    They can be hundreds of MiB after many processes have ended, and the kernel counts them neither
    as free nor as available.
    """
    counts = re.findall(r"^ +count: +(\d+)", Path("/proc/zoneinfo").read_text(), re.MULTILINE)
    return sum(map(int, counts)) * os.sysconf("SC_PAGESIZE") / 1024


def load_average() -> float:
    """Returns the load of the last minute, which shows other work on the machine."""
    return round(os.getloadavg()[0], 2)


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _file_system(folder: str) -> str:
    """Returns the type of the file system that a directory is on."""
    best, kind = "", "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, mount, fs, *_ = line.split()
        inside = folder == mount or folder.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, fs
    return kind


def describe(folder: str) -> dict[str, Any]:
    """Describes the machine before the run. `folder`: the directory where files are written."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "kernel": f"{platform.system()} {platform.release()}",
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gib": round(meminfo()["MemTotal"] / KIB_PER_GIB, 1),
        "file_system": _file_system(folder),
        "transport": "Unix socket",
        "load_before": load_average(),
    }
