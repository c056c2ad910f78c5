"""The image under podman and runc, with Docker's defaults."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from lanes import lane, seccomp_profile
from lanes.pid_one import PidOne

IMAGE = os.environ.get("CARREL_TEST_IMAGE", "localhost/carrel:latest")
ENGINE = ("podman", "--runtime", "runc", "--cgroup-manager=cgroupfs")
START_SECONDS = 60.0
# The message of podman when conmon, which supervises a container for it, has died at the start: the
# container then never existed, and is started again.
LOST = b"container create failed (no logs from conmon)"
ATTEMPTS = 5

_numbers = itertools.count()


def command(
    which: str, inner: Sequence[str], folders: Sequence[Path], name: str, pid_file: Path
) -> list[str]:
    """Returns the command that runs `inner` in a mode; it runs until `inner` has ended."""
    built = [
        *ENGINE,
        *("run", "--rm", "--pull=never", f"--name={name}", f"--pidfile={pid_file}"),
        *("--network=none", "--hostname=test-machine", "--no-healthcheck", "--http-proxy=false"),
        f"--ulimit=nofile={lane.OPEN_FILES}:{lane.OPEN_FILES}",
        f"--ulimit=nproc={lane.PROCESSES}:{lane.PROCESSES}",
        f"--security-opt=seccomp={seccomp_profile.DOCKER_DEFAULT}",
        "--cap-drop=ALL",
    ]
    if which == "container":
        built += ["--user=0:0", *(f"--cap-add={name}" for name in lane.CAPABILITIES)]
    else:
        identity = lane.RESTRICTED_ID
        built += [f"--user={identity}:{identity}", "--security-opt=no-new-privileges"]
        built += ["--read-only", "--read-only-tmpfs=false"]
    built += [f"--env={name}={value}" for name, value in lane.environment(which).items()]
    built += [f"--volume={folder}:{folder}" for folder in lane.checked(folders)]
    return [*built, f"--entrypoint={inner[0]}", IMAGE, *inner[1:]]


class Contained:
    """A command that runs in a podman container; see engine.Contained."""

    def __init__(
        self,
        which: str,
        inner: Sequence[str],
        folders: Sequence[Path],
        out: IO[bytes],
        err: IO[bytes],
    ) -> None:
        lane.hand_over(folders, which)
        for _ in range(ATTEMPTS):
            said = err.seek(0, os.SEEK_END)
            self._start(which, inner, folders, out, err)
            self._wait_for_begin()
            if self.process.poll() is None or not _says_lost(err, said):
                break
            self.end()
            err.truncate(said)
        self._first = PidOne(self.pid)

    def _start(
        self,
        which: str,
        inner: Sequence[str],
        folders: Sequence[Path],
        out: IO[bytes],
        err: IO[bytes],
    ) -> None:
        self._name = f"carrel-test-{os.getpid()}-{next(_numbers)}"
        pid_file = lane.SCRATCH / f"{self._name}.pid"
        self.process = subprocess.Popen(
            command(which, inner, folders, self._name, pid_file),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            self.pid = self._wait_for(pid_file)
        finally:
            pid_file.unlink(missing_ok=True)

    def _wait_for(self, pid_file: Path) -> int | None:
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            text = pid_file.read_text().strip() if pid_file.exists() else ""
            if text:
                return int(text)
            time.sleep(0.02)
        return None

    def _wait_for_begin(self) -> None:
        """Waits until pid 1 is the command and not runc any more, or until podman has ended."""
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                if not Path(f"/proc/{self.pid}/comm").read_text().startswith("runc"):
                    return
            except OSError:
                pass  # The process has ended, and podman will end, too.
            time.sleep(0.02)

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to pid 1 directly, not through podman."""
        self._first.send(number)

    def end(self) -> None:
        """Makes podman remove the container, whose name is this run's own."""
        subprocess.run(
            [*ENGINE, "rm", "--force", "--ignore", "--time=0", self._name],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        self.process.kill()
        self.process.wait()


def _says_lost(err: IO[bytes], start: int) -> bool:
    """Returns whether podman wrote to `err`, from `start` on, that it lost the container."""
    with Path(f"/proc/self/fd/{err.fileno()}").open("rb") as written:
        written.seek(start)
        return LOST in written.read()
