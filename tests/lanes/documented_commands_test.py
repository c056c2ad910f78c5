"""The command lines of docs/operations.md for podman, run as they stand.

Only the names of container, volume and image are this run's, since others may be in use. A file has
the options that the machine needs for podman (runtime, cgroup manager).
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lanes import engine
from lanes.lane import LANE, LANES, REPOSITORY
from lanes.podman import ATTEMPTS, ENGINE, IMAGE
from support import PATIENCE

OPERATIONS = REPOSITORY / "docs" / "operations.md"
CHECK = "/opt/carrel/bin/carreld --check_health unix:/var/lib/carrel/carreld.sock"
CONFIGURATION = """
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
"""

needs_podman = pytest.mark.skipif(
    LANE == "native" or engine.name() != "podman", reason="only under podman"
)


def commands() -> list[str]:
    """Returns the lines of the document that begin with podman, each with its continuations."""
    text = re.sub(r" \\\n +", " ", OPERATIONS.read_text())
    return re.findall(r"^    (podman .*)$", text, re.MULTILINE)


def run_line(lane: str) -> str:
    """Returns the line that starts carreld in an isolation mode: as another user, or as root."""
    lines = [line for line in commands() if line.startswith("podman run ")]
    [found] = [line for line in lines if ("--user 0:0" in line) == (lane == "container")]
    return found


def test_document_has_a_line_for_each_lane_and_what_follows():
    assert [run_line(lane) for lane in LANES if lane != "native"]
    others = [line for line in commands() if not line.startswith("podman run ")]
    assert [line.split()[1] for line in others] == ["exec", "logs", "stop", "rm"]


class Shell:
    """Runs the document's lines with names of this test's own."""

    def __init__(self, folder: Path) -> None:
        self.name = f"carrel-doc-{os.getpid()}"
        self._configuration = folder / "containers.conf"
        self._configuration.write_text(CONFIGURATION)

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """Runs a line as it stands, except for the names `carrel` and `carrel-…`."""
        named = re.sub(r"(?<= )carrel(?=$| )", self.name, line)
        named = re.sub(r"(?<= )carrel-[a-z-]+(?=:)", self.name, named)
        named = re.sub(r"(?<= )localhost/carrel$", IMAGE, named)
        return subprocess.run(
            ["bash", "-c", named],
            env={**os.environ, "CONTAINERS_CONF": str(self._configuration)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def start(self) -> None:
        """Runs the line of this mode; again, if podman lost the container: see lanes/podman.py."""
        for _ in range(ATTEMPTS):
            done = self.run(run_line(LANE))
            if done.returncode == 0:
                return
            self.remove()
            assert "no logs from conmon" in done.stderr, done
        raise AssertionError(done)

    def becomes_healthy(self, line: str) -> bool:
        """Runs the line of the health check until it succeeds."""
        deadline = time.monotonic() + PATIENCE
        while self.run(line).returncode != 0:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.5)
        return True

    def remove(self) -> None:
        """Removes this test's container and volume."""
        for arguments in (("rm", "--force", "--time=0"), ("volume", "rm", "--force")):
            subprocess.run([*ENGINE, *arguments, self.name], capture_output=True, check=False)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    made = Shell(tmp_path)
    try:
        yield made
    finally:
        made.remove()


@needs_podman
def test_lines_of_the_document_run_as_they_stand(shell):
    shell.start()
    check, logs, stop, remove = (c for c in commands() if not c.startswith("podman run "))
    assert check.endswith(CHECK)
    assert shell.becomes_healthy(check), shell.run(logs)
    assert "listening on" in shell.run(logs).stdout
    own, other = ("0:0", "10001") if LANE == "container" else ("10001", "10002")
    assert shell.run(f"podman exec --user {own} carrel {CHECK}").returncode == 0
    # Only its user may use the socket.
    assert shell.run(f"podman exec --user {other} carrel {CHECK}").returncode != 0
    if LANE == "restricted":
        # Root may not use it either without the capability, which the container lacks.
        assert shell.run(f"podman exec --user 0 carrel {CHECK}").returncode != 0
    assert shell.run(stop).returncode == 0
    assert "listening on" in shell.run(logs).stdout
    assert shell.run(remove).returncode == 0
