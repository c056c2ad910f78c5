"""A stand-in for a container engine: bubblewrap sets up the same container as Docker would.

The image's tree is .carrel/rootfs and .carrel/container/tree (tools/dev/image.sh); carreld and its
helpers come from the build. There are these known differences from Docker:

- bubblewrap always sets no_new_privs, also in container mode;
- the root is read-only in container mode too;
- /sys is the host's, read-only, so it shows the host's network devices;
- there is no cgroup of its own.

Containers end with their test run. Only in restricted mode does one stay if the run is killed,
as a native carreld does, because bwrap may not signal another user's process.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lanes import lane, seccomp_profile
from lanes.pid_one import PidOne

ROOTFS = lane.STATE / "rootfs"
TREE = lane.STATE / "container" / "tree"

# The masked and read-only paths of Docker; bubblewrap itself adds the rest of the latter.
MASKED_FILES = (
    "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
    "/proc/sched_debug", "/proc/interrupts",
)  # fmt: skip
MASKED_FOLDERS = (
    "/proc/asound", "/proc/acpi", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
)  # fmt: skip
READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")

PROGRAMS = {
    "service/carreld": "/opt/carrel/bin/carreld",
    "sandbox/child/carrel-zygote": "/opt/carrel/libexec/carrel-zygote",
    "sandbox/child/libcarrel-zygote.so": "/opt/carrel/libexec/libcarrel-zygote.so",
    "sandbox/child/carrel-supervisor": "/opt/carrel/libexec/carrel-supervisor",
    "sandbox/child/libcarrel-guest.so": "/opt/carrel/libexec/libcarrel-guest.so",
}

# Capabilities that setpriv needs to drop all others; after its exec they are gone, too.
_TO_DROP = ("CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID")


def why_not() -> str:
    """Returns why this machine cannot have the stand-in; empty if it can."""
    if os.geteuid() != 0:
        return "bubblewrap must be started by root"
    for program in ("bwrap", "prlimit"):
        if not any((Path(folder) / program).exists() for folder in os.get_exec_path()):
            return f"{program} is not installed"
    for folder in (ROOTFS, TREE):
        if not folder.is_dir():
            return f"{folder} is missing; ./dev test --lane container makes it"
    return ""


@contextmanager
def command(
    which: str, inner: Sequence[str], folders: Sequence[Path], info: int | None = None
) -> Iterator[tuple[list[str], tuple[int, ...]]]:
    """Yields the command that runs `inner` in a mode, and the descriptors that it must inherit.

    Args:
        which: container or restricted.
        inner: the command in the container, which becomes its pid 1.
        folders: host directories that it has, writable, at the same paths.
        info: the descriptor that gets JSON with child-pid, the host's number of pid 1.
    """
    capabilities = lane.CAPABILITIES if which == "container" else ()
    program = seccomp_profile.compile_profile(seccomp_profile.DOCKER_DEFAULT, capabilities)
    with _readable(program) as seccomp:
        descriptors = (seccomp,) if info is None else (seccomp, info)
        built = [
            "prlimit",
            f"--nofile={lane.OPEN_FILES}:{lane.OPEN_FILES}",
            f"--nproc={lane.PROCESSES}:{lane.PROCESSES}",
            "bwrap",
            *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net"),
            *("--unshare-cgroup-try", "--as-pid-1", "--die-with-parent"),
            *("--hostname", "test-machine", "--chdir", "/", "--clearenv"),
            *_pairs("--setenv", lane.environment(which).items()),
            *("--cap-drop", "ALL"),
            *_each("--cap-add", capabilities or _TO_DROP),
            *_root(),
            *_kernel_file_systems(),
            *_shared(lane.checked(folders)),
            *("--remount-ro", "/"),
            *("--seccomp", str(seccomp)),
            *(() if info is None else ("--info-fd", str(info))),
            "--",
            *_privileges(which),
            *inner,
        ]
        yield built, descriptors


class Contained:
    """A command that runs in the stand-in; see engine.Contained."""

    def __init__(
        self,
        which: str,
        inner: Sequence[str],
        folders: Sequence[Path],
        out: IO[bytes],
        err: IO[bytes],
    ) -> None:
        lane.hand_over(folders, which)
        reader, writer = os.pipe()
        with os.fdopen(reader, "rb") as answer:
            try:
                with command(which, inner, folders, writer) as (built, descriptors):
                    self.process = subprocess.Popen(
                        built,
                        stdin=subprocess.DEVNULL,
                        stdout=out,
                        stderr=err,
                        pass_fds=descriptors,
                        start_new_session=True,
                    )
            finally:
                os.close(writer)
            # The read ends when bwrap has written the pid, or has ended.
            told = answer.read()
        self.pid: int | None = json.loads(told)["child-pid"] if told else None
        self._first = PidOne(self.pid)

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to pid 1."""
        self._first.send(number)

    def end(self) -> None:
        """Kills pid 1; bwrap ends when none of its descendants is left."""
        self._first.send(signal.SIGKILL)
        if not self._first:
            self.process.kill()
        self.process.wait()


def _root() -> list[str]:
    """Makes a root with the image's parts in it, in which any path can be a mount point."""
    arguments = _folders("/opt", "/opt/carrel", "/opt/carrel/bin", "/opt/carrel/libexec")
    for entry in sorted(ROOTFS.iterdir()):
        if entry.is_symlink():
            arguments += ["--symlink", str(entry.readlink()), f"/{entry.name}"]
        elif entry.name not in ("dev", "proc", "sys", "opt"):
            arguments += ["--ro-bind", str(entry), f"/{entry.name}"]
    arguments += ["--ro-bind", f"{TREE}/opt/carrel/images", "/opt/carrel/images"]
    for path in ("/etc/carrel", "/usr/share/zoneinfo"):
        arguments += ["--ro-bind", f"{TREE}{path}", path]
    for built, place in PROGRAMS.items():
        if (lane.BUILD / built).exists():
            arguments += ["--ro-bind", str(lane.BUILD / built), place]
    return arguments


def _kernel_file_systems() -> list[str]:
    arguments = ["--proc", "/proc", "--dev", "/dev", "--mqueue", "/dev/mqueue"]
    # These cover the host's device nodes that bubblewrap has bound there.
    nodes = lane.device_nodes()
    arguments += _pairs("--dev-bind", ((str(node), f"/dev/{name}") for name, node in nodes.items()))
    arguments += ["--size", str(64 << 20), "--perms", "1777", "--tmpfs", "/dev/shm"]
    arguments += ["--ro-bind", "/sys", "/sys"]
    for path in filter(os.path.exists, READ_ONLY):
        arguments += ["--ro-bind", path, path]
    for path in filter(os.path.exists, MASKED_FILES):
        arguments += ["--dev-bind", str(nodes["null"]), path]
    for path in filter(os.path.exists, MASKED_FOLDERS):
        arguments += ["--perms", "0555", "--tmpfs", path, "--remount-ro", path]
    return arguments


def _shared(folders: Sequence[Path]) -> list[str]:
    above = {str(parent) for folder in folders for parent in folder.parents if parent.name}
    arguments = _folders(*sorted(above - {str(folder) for folder in folders}))
    return arguments + _pairs("--bind", ((str(folder), str(folder)) for folder in folders))


def _privileges(which: str) -> list[str]:
    """Drops the privileges that only bubblewrap leaves; takes the restricted user's uid."""
    arguments = ["/usr/bin/setpriv", "--inh-caps=-all", "--ambient-caps=-all"]
    if which == "restricted":
        identity = str(lane.RESTRICTED_ID)
        arguments += ["--reuid", identity, "--regid", identity, "--clear-groups"]
        arguments += ["--bounding-set=-all", "--no-new-privs"]
    else:
        kept = (f"+{name.removeprefix('CAP_').lower()}" for name in lane.CAPABILITIES)
        arguments += ["--clear-groups", f"--bounding-set=-all,{','.join(kept)}"]
    return [*arguments, "--pdeathsig", "keep", "--"]


def _folders(*paths: str) -> list[str]:
    """Makes directories that are mount points or their parents; all may enter, as in Docker's."""
    return [word for path in paths for word in ("--perms", "0755", "--dir", path)]


def _each(option: str, values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (option, value)]


def _pairs(option: str, pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [word for first, second in pairs for word in (option, first, second)]


@contextmanager
def _readable(data: bytes) -> Iterator[int]:
    """Yields a descriptor from which `data` can be read."""
    descriptor = os.memfd_create("profile", 0)
    try:
        os.write(descriptor, data)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)
