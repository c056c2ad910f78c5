"""Starts a real carreld of this checkout, for tests and examples.

    with LocalServer(max_session_count=2) as server, Client(server.address) as client:
        ...

The binary is $CARREL_BUILD_DIR/service/carreld (build/release by default), the images'
environments are in $CARREL_STATE_DIR/images (.carrel/images).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import grpc
from google.protobuf import text_format
from grpc_health.v1 import health_pb2, health_pb2_grpc

from carrel.internal import server_config_pb2

REPOSITORY = Path(__file__).resolve().parents[4]

_FAST_RECONNECT = (
    ("grpc.initial_reconnect_backoff_ms", 20),
    ("grpc.min_reconnect_backoff_ms", 20),
    ("grpc.max_reconnect_backoff_ms", 100),
    ("grpc.enable_http_proxy", 0),
)


class LocalServerError(Exception):
    """carreld could not be started or stopped; the message says why."""


def _folder(variable: str, default: str) -> Path:
    return REPOSITORY / os.environ.get(variable, default)


def _state_directory() -> Path:
    return _folder("CARREL_STATE_DIR", ".carrel")


def carreld_binary() -> Path:
    """Returns the path of this checkout's carreld, which need not exist yet."""
    return _folder("CARREL_BUILD_DIR", "build/release") / "service" / "carreld"


def available_images() -> tuple[str, ...]:
    """Returns the images of this checkout whose environments are installed."""
    installed = _state_directory() / "images"
    configs = sorted((REPOSITORY / "images").glob("*/image.textproto"))
    return tuple(path.parent.name for path in configs if (installed / path.parent.name).is_dir())


class LocalServer:
    """A carreld with a data directory of its own; starts with the `with` block, ends with it.

    Attributes:
        address: the target for Client.
        data_directory: its directory of sessions; removed at the end unless given.
    """

    def __init__(
        self,
        *,
        images: Sequence[str] | None = None,
        image_configs: Mapping[str, Path] | None = None,
        data_directory: Path | None = None,
        arguments: Sequence[str] = (),
        start_timeout: float = 60,
        stop_timeout: float = 30,
        checkout: Path | None = None,
        **config: Any,
    ) -> None:
        """Prepares a server.

        Args:
            images: directories of images/ to serve; all that are installed if None.
            image_configs: files to use instead of images/NAME/image.textproto, by image.
            data_directory: an existing directory to use, which is kept.
            arguments: further arguments of carreld.
            start_timeout: seconds it may take until its health service says SERVING.
            stop_timeout: seconds it may take to end after SIGTERM.
            checkout: another checkout of Carrel, whose build/release, images/ and .carrel/images
                are used instead of this one's; it must have the images.
            config: fields of ServerConfig (server_config.proto), e.g. max_queue_length=1; a
                message field may be given as a dict.
        """
        self._images = available_images() if images is None else tuple(images)
        self._image_configs = dict(image_configs or {})
        self._arguments = tuple(arguments)
        self._start_timeout = start_timeout
        self._stop_timeout = stop_timeout
        self._checkout = checkout
        self._folder = Path(tempfile.mkdtemp(prefix="carreld-"))
        # Sessions run as other users and reach their workspace through this directory; the socket's
        # own directory is closed to them.
        self._folder.chmod(0o711)
        (self._folder / "socket").mkdir(mode=0o700)
        self.data_directory = data_directory or self._folder / "data"
        config.setdefault("listen", [f"unix:{self._folder}/socket/carreld.sock"])
        self.address: str = config["listen"][0]
        self._config = config
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._clean_up()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.stop()
        except LocalServerError:
            if error is None:  # otherwise the block's own error matters more
                raise
        finally:
            self._clean_up()

    @property
    def pid(self) -> int:
        """The process id of carreld."""
        return self._running().pid

    @property
    def log_path(self) -> Path:
        """The file with its stdout and stderr."""
        return self._folder / "carreld.log"

    def log_text(self) -> str:
        """Returns its log so far."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def config_text(self) -> str:
        """Returns its configuration in text format."""
        config = server_config_pb2.ServerConfig(
            data_directory=str(self.data_directory),
            images=[self._configured(self._served_image(name), name) for name in self._images],
            **self._config,
        )
        return text_format.MessageToString(config)

    def _configured(
        self, image: server_config_pb2.ServedImage, name: str
    ) -> server_config_pb2.ServedImage:
        if name in self._image_configs:
            image.config = str(self._image_configs[name])
        return image

    def _served_image(self, name: str) -> server_config_pb2.ServedImage:
        state = self._checkout / ".carrel" if self._checkout else _state_directory()
        return server_config_pb2.ServedImage(
            config=str((self._checkout or REPOSITORY) / "images" / name / "image.textproto"),
            environment=str(state / "images" / name),
        )

    def _binary(self) -> Path:
        if self._checkout is not None:
            return self._checkout / "build" / "release" / "service" / "carreld"
        return carreld_binary()

    def start(self) -> None:
        """Starts carreld and waits until it serves."""
        binary = self._binary()
        if not binary.is_file():
            raise LocalServerError(f"{binary} is missing; ./dev build makes it")
        config = self._folder / "carreld.textproto"
        config.write_text(self.config_text())
        with self.log_path.open("ab") as log:
            self._process = self._spawn([str(binary), "--config", str(config)], log)
        try:
            self._wait_until_serving()
        except BaseException:
            self.kill()
            raise

    def _spawn(self, command: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*command, *self._arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for this process, which ends carreld in order
        )

    def _wait_until_serving(self) -> None:
        process = self._running()
        deadline = time.monotonic() + self._start_timeout
        with grpc.insecure_channel(self.address, options=_FAST_RECONNECT) as channel:
            health: Any = health_pb2_grpc.HealthStub(channel)  # type: ignore[no-untyped-call]
            while not _is_serving(health):
                if process.poll() is not None:
                    raise LocalServerError(
                        f"carreld ended at start with status {process.returncode}: "
                        f"{self._last_words()}"
                    )
                if time.monotonic() > deadline:
                    raise LocalServerError(
                        f"carreld did not serve within {self._start_timeout:g} s: "
                        f"{self._last_words()}"
                    )

    def _last_words(self) -> str:
        return " / ".join(self.log_text().strip().splitlines()[-3:]) or "it logged nothing"

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise LocalServerError("carreld is not running")
        return self._process

    def stop(self) -> int:
        """Ends it by SIGTERM and returns its exit status; has no effect if it has ended."""
        if self._process is None:
            return 0
        self._send(signal.SIGTERM)
        try:
            return self._process.wait(self._stop_timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise LocalServerError(
                f"carreld did not end within {self._stop_timeout:g} s of SIGTERM and was killed"
            ) from None

    def kill(self) -> None:
        """Ends it by SIGKILL, as a crash would."""
        if self._process is not None:
            self._send(signal.SIGKILL)
            self._process.wait()

    def _send(self, number: signal.Signals) -> None:
        """Sends carreld a signal, unless it has ended."""
        self._running().send_signal(number)

    def _clean_up(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _is_serving(health: Any) -> bool:
    """Sends one health check, for at most half a second."""
    request = health_pb2.HealthCheckRequest()
    try:
        response = health.Check(request, timeout=0.5, wait_for_ready=True)
    except grpc.RpcError:
        return False
    return bool(response.status == health_pb2.HealthCheckResponse.SERVING)
