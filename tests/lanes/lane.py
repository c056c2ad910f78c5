"""The isolation mode of this run (CARREL_TEST_LANE), and host paths of a container's files."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from carrel.internal import server_config_pb2
from google.protobuf import text_format

REPOSITORY = Path(__file__).resolve().parents[2]
STATE = REPOSITORY / os.environ.get("CARREL_STATE_DIR", ".carrel")
BUILD = REPOSITORY / os.environ.get("CARREL_BUILD_DIR", "build/release")


def _scratch() -> Path:
    own = STATE / "lanes"
    if not own.resolve().is_relative_to("/tmp") and not own.resolve().is_relative_to("/var/tmp"):
        return own
    # The checkout is below /tmp, which a container gives to the sessions' directories.
    return Path("/srv") / f"carrel-tests-{hashlib.sha256(bytes(own.resolve())).hexdigest()[:12]}"


# Everything that a container may write to on the host is below this directory; nothing else is ever
# mounted writable into one.
SCRATCH = _scratch()

LANES = ("native", "container", "restricted")
LANE = os.environ.get("CARREL_TEST_LANE", "native")
if LANE not in LANES:
    raise SystemExit(f"CARREL_TEST_LANE is {LANE!r}; it must be one of {', '.join(LANES)}")

# Docker's default capabilities; restricted mode has none.
CAPABILITIES = (
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW",
    "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE",
    "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
)  # fmt: skip
RESTRICTED_ID = 10001
OPEN_FILES = 1024
PROCESSES = 4096

CARRELD = "/opt/carrel/bin/carreld"
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOSTNAME": "test-machine",
}
# Variables that tests plant in carreld's environment to check whether sessions find them.
PLANTED = ("CARREL_TEST_SECRET",)


def use_scratch() -> None:
    """Makes this process create temporary directories where containers may have them.

    In a container /tmp belongs to sessions, so it cannot be shared with the host.
    """
    if LANE != "native":
        SCRATCH.mkdir(mode=0o711, parents=True, exist_ok=True)
        SCRATCH.chmod(0o711)
        tempfile.tempdir = str(SCRATCH)


def in_image(name: str) -> tuple[str, str]:
    """Returns the paths of an image's configuration and environment in the container."""
    return f"/opt/carrel/images/{name}/image.textproto", f"/opt/carrel/images/{name}/env"


def environment(lane: str) -> dict[str, str]:
    """Returns the variables that carreld starts with."""
    planted = {name: os.environ[name] for name in PLANTED if name in os.environ}
    return {**ENVIRONMENT, "HOME": "/root" if lane == "container" else "/var/lib/carrel", **planted}


def shared_folders(config: Path) -> list[Path]:
    """Returns the host directories that a carreld with this configuration needs."""
    folders = {config if config.is_dir() else config.parent}
    described = server_config_pb2.ServerConfig()
    try:
        text_format.Parse(config.read_text(), described)
    except (OSError, ValueError, text_format.ParseError):
        described.Clear()  # carreld reports the error itself.
    if described.data_directory:
        folders.add(Path(described.data_directory).parent)
    for address in described.listen:
        if address.startswith("unix:"):
            folders.add(Path(address.removeprefix("unix:")).parent)
    return checked(folder for folder in folders if folder.is_dir())


def checked(folders: Iterable[Path]) -> list[Path]:
    """Returns the directories, outer ones first; refuses any that is not ours."""
    found = sorted({folder.resolve() for folder in folders}, key=lambda path: len(path.parts))
    for folder in found:
        if SCRATCH.resolve() not in folder.parents:
            raise ValueError(f"{folder} is not below {SCRATCH}: no container may have it")
    return found


def hand_over(folders: Iterable[Path], lane: str) -> None:
    """Makes the restricted carreld's user the owner of the directories."""
    if lane == "restricted":
        for folder in checked(folders):
            os.chown(folder, RESTRICTED_ID, RESTRICTED_ID)


def device_nodes() -> dict[str, Path]:
    """Returns device nodes of our own: a container's root must not be able to chmod the host's."""
    numbers = {"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9}
    wanted = {**{name: (1, minor) for name, minor in numbers.items()}, "tty": (5, 0)}
    folder = SCRATCH / "dev"
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    nodes = {}
    for name, (major, minor) in wanted.items():
        node = folder / name
        mode = stat.S_IFCHR | 0o666
        if not node.exists() or node.stat().st_mode != mode or node.stat().st_uid != 0:
            made = folder / f".{name}-{os.getpid()}"  # Another run may be making the same node.
            os.mknod(made, mode, os.makedev(major, minor))
            made.chmod(0o666)
            made.rename(node)
        nodes[name] = node
    return nodes
