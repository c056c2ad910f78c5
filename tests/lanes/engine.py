"""The engine that runs containers here: podman with the image, or bubblewrap as a stand-in."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from subprocess import Popen
from typing import IO, Protocol

from lanes import bubblewrap, podman


class Contained(Protocol):
    """A command that runs in a container.

    Attributes:
        process: the engine's process, whose status is the command's: 128 + n after signal n.
        pid: pid 1 of the container as the host sees it; None if it was never started.
    """

    process: Popen[bytes]
    pid: int | None

    def send(self, number: signal.Signals) -> None:
        """Sends pid 1 a signal, unless it has ended; all others in the container end with it."""

    def end(self) -> None:
        """Removes the whole container, even if the engine is in the midst of starting it."""


def name() -> str:
    """Returns which engine this run uses: CARREL_TEST_ENGINE, else the stand-in."""
    return os.environ.get("CARREL_TEST_ENGINE") or "bubblewrap"


def start(
    which: str, inner: Sequence[str], folders: Sequence[Path], out: IO[bytes], err: IO[bytes]
) -> Contained:
    """Runs `inner` as pid 1 of a container of an isolation mode.

    Args:
        which: container or restricted.
        inner: the command in the container.
        folders: host directories that it has, writable, at the same paths.
        out: the file for its stdout.
        err: the file for its stderr and for messages of the engine.
    """
    engine = name()
    if engine == "podman":
        return podman.Contained(which, inner, folders, out, err)
    if engine == "bubblewrap":
        return bubblewrap.Contained(which, inner, folders, out, err)
    raise ValueError(f"CARREL_TEST_ENGINE is {engine!r}; it must be podman or bubblewrap")
