"""The environment of a measurement: a carreld of its own, and the means to measure it."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from carrel import Client
from carrel.testing import LocalServer

from bench.driver import Driver, echo_server

T = TypeVar("T")

# The image of the figures, with the modules that users need.
IMAGE = "data-science"
MAX_SESSIONS = 5000
# A session takes about ten descriptors of carreld.
OPEN_FILES = 1 << 17
START_SECONDS = 120
STOP_SECONDS = 120
# A file system in memory, and the free space that a figure needs on it.
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 1 << 30


@dataclass(frozen=True)
class Bench:
    """A carreld, and the bare server beside it."""

    server: LocalServer
    client: Client
    driver: Driver
    quick: bool
    details: bool
    checkout: Path | None = None  # The checkout of the carreld; this one if None.

    def pick(self, full: T, quick: T) -> T:
        """Returns one of both, depending on --quick."""
        return quick if self.quick else full


def say(text: str) -> None:
    """Prints a progress message."""
    print(text, flush=True)


def allow_many_files() -> None:
    """Raises the limit of open files, which carreld inherits: thousands of sessions need it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < OPEN_FILES:
        with contextlib.suppress(ValueError, OSError):  # only root may
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, OPEN_FILES))


def first_session_uid(number: int) -> int:
    """Returns the first user id for a carreld of this run, 0 to 2; no other carreld on this machine
    should use the ids from there on.
    """
    return 1_400_000_000 + os.getpid() % 20_000 * 30_000 + number * 10_000


@contextlib.contextmanager
def _data_directory(*, in_memory: bool) -> Iterator[Path | None]:
    """Makes a directory in memory, if requested and if there is room; otherwise the server makes
    its own.
    """
    if not in_memory or not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < MEMORY_BYTES:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="carrel-bench-", dir=MEMORY) as folder:
        # Sessions run as other users, and reach their files through it.
        Path(folder).chmod(0o711)
        yield Path(folder) / "data"


@contextlib.contextmanager
def started(
    *, quick: bool, details: bool, in_memory: bool = False, checkout: Path | None = None
) -> Iterator[Bench]:
    """Starts both servers, and ends them.

    `in_memory`: sessions' files are on no disk. `checkout`: another checkout, whose carreld is
    started.
    """
    with (
        _data_directory(in_memory=in_memory) as folder,
        _started(quick, details, folder, checkout) as bench,
    ):
        yield bench


@contextlib.contextmanager
def _started(
    quick: bool, details: bool, data_directory: Path | None, checkout: Path | None
) -> Iterator[Bench]:
    allow_many_files()
    first_uid = first_session_uid(1 if checkout else 0)
    server = LocalServer(
        checkout=checkout,
        data_directory=data_directory,
        start_timeout=START_SECONDS,
        stop_timeout=STOP_SECONDS,
        max_session_count=MAX_SESSIONS,
        first_session_uid=first_uid,
    )
    with server, echo_server() as (echo, folder), Client(server.address) as client:
        driver = Driver(server.address, echo, folder)
        yield Bench(server, client, driver, quick, details, checkout)
