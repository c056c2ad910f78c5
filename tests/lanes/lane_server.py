"""LocalServer in the isolation mode of this run."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any

from carrel.internal import server_config_pb2
from carrel.testing import LocalServer, LocalServerError, carreld_binary
from lanes import engine, lane


class LaneServer(LocalServer):
    """A carreld in a container, with its directories at the same paths as on the host.

    Attributes:
        address, data_directory: as LocalServer's.
    """

    def __init__(self, **arguments: Any) -> None:
        """Prepares a server; takes what LocalServer takes."""
        self._contained: engine.Contained | None = None
        super().__init__(**arguments)

    @property
    def pid(self) -> int:
        """The process id of carreld as the host sees it."""
        if self._contained is None or self._contained.pid is None:
            raise LocalServerError("carreld is not running")
        return self._contained.pid

    def _served_image(self, name: str) -> server_config_pb2.ServedImage:
        config, environment = lane.in_image(name)
        return server_config_pb2.ServedImage(config=config, environment=environment)

    def _spawn(self, command: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        config = Path(command[command.index("--config") + 1])
        folders = lane.shared_folders(config)
        inner = [lane.CARRELD, *command[1:], *self._arguments]
        self._contained = engine.start(lane.LANE, inner, folders, log, log)
        return self._contained.process

    def _send(self, number: signal.Signals) -> None:
        contained = self._contained
        if contained is None:
            return
        if contained.pid is None or number == signal.SIGKILL:
            contained.end()
        else:
            contained.send(number)

    def _clean_up(self) -> None:
        self._send(signal.SIGKILL)
        self._contained = None
        super()._clean_up()


def make_server(**arguments: Any) -> LocalServer:
    """Returns a LocalServer for the isolation mode of this run."""
    return LocalServer(**arguments) if lane.LANE == "native" else LaneServer(**arguments)


def run_carreld(arguments: list[str], patience: float) -> subprocess.CompletedProcess[str]:
    """Runs carreld in the isolation mode of this run until it ends by itself."""
    if lane.LANE == "native":
        command = [str(carreld_binary()), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=patience, check=False
        )
    folders = []
    if "--config" in arguments[:-1]:
        config = Path(arguments[arguments.index("--config") + 1])
        folders = lane.shared_folders(config)
    with tempfile.TemporaryFile(dir=lane.SCRATCH) as said, \
         tempfile.TemporaryFile(dir=lane.SCRATCH) as complained:  # fmt: skip
        contained = engine.start(lane.LANE, [lane.CARRELD, *arguments], folders, said, complained)
        try:
            status = contained.process.wait(patience)
        finally:
            contained.end()
        said.seek(0)
        complained.seek(0)
        # The status has the form that subprocess uses for its own processes.
        return subprocess.CompletedProcess(
            arguments,
            128 - status if status > 128 else status,
            said.read().decode(),
            complained.read().decode(),
        )
