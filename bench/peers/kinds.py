"""Alternatives to Carrel, each as a command that runs cells (line_worker.py)."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from carrel.testing import REPOSITORY

STATE = REPOSITORY / os.environ.get("CARREL_STATE_DIR", ".carrel")
# The directory that `./dev bench --install-peers` makes.
INSTALLED = STATE / "bench"
FOLDER = REPOSITORY / "bench" / "peers"
IMAGE_ENVIRONMENT = (STATE / "images" / "data-science").resolve()
IMAGE_PYTHON = str(IMAGE_ENVIRONMENT / "bin" / "python")
PLAIN = [IMAGE_PYTHON, "-u", str(FOLDER / "worker.py")]
JUPYTER_PYTHON = INSTALLED / "jupyter" / "bin" / "python"
PYODIDE = INSTALLED / "pyodide"
# Options of bubblewrap for no network, no other processes, nothing writable but /tmp.
BUBBLEWRAP = [
    "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp",
    "--ro-bind", str(REPOSITORY), str(REPOSITORY),
    "--ro-bind", str(IMAGE_ENVIRONMENT), str(IMAGE_ENVIRONMENT),
    "--unshare-all", "--die-with-parent", "--new-session",
]  # fmt: skip
NOT_INSTALLED = "not installed (./dev bench --install-peers)"


@dataclass(frozen=True)
class Peer:
    """One way to run Python. `absent` gives the reason if it cannot be measured."""

    name: str
    command: tuple[str, ...]
    absent: str = ""


def environment() -> dict[str, str]:
    """Returns the environment variables of a session that affect its packages."""
    return {
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "MPLBACKEND": "agg",
        "MATPLOTLIBRC": str(IMAGE_ENVIRONMENT / "share/carrel/matplotlib/matplotlibrc"),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONPATH": "",
    }


def _absent(path: str | Path | None) -> str:
    return "" if path and Path(path).exists() else NOT_INSTALLED


def jupyter() -> Peer:
    """A kernel by jupyter_client and ipykernel, with the image's packages."""
    command = (str(JUPYTER_PYTHON), "-u", str(FOLDER / "jupyter_worker.py"))
    return Peer("Jupyter kernel", command, _absent(JUPYTER_PYTHON))


def peers() -> list[Peer]:
    """Returns all peers, including those that are not installed."""
    bwrap, runsc, node = (shutil.which(name) for name in ("bwrap", "runsc", "node"))
    pyodide = _absent(node) or _absent(PYODIDE / "node_modules" / "pyodide" / "pyodide.mjs")
    return [
        Peer("plain CPython, no sandbox", tuple(PLAIN)),
        Peer("bwrap python3", (bwrap or "bwrap", *BUBBLEWRAP, *PLAIN), _absent(bwrap)),
        Peer(
            "runsc do python3 (gVisor)",
            (runsc or "runsc", "--network=none", "--ignore-cgroups", "do", *PLAIN),
            _absent(runsc),
        ),
        Peer(
            "Pyodide in Node",
            (node or "node", str(FOLDER / "pyodide_worker.mjs"), str(PYODIDE)),
            pyodide,
        ),
        jupyter(),
    ]
