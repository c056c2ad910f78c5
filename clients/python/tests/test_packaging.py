"""The package as it would be published: from the files in git, with the lowest allowed versions."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrel.testing import REPOSITORY, LocalServer

CLIENT = REPOSITORY / "clients/python"
PROJECT = tomllib.loads((CLIENT / "pyproject.toml").read_text())
LOWEST = CLIENT / "tests" / "lowest.lock"
BUILD = CLIENT / "tests" / "build.lock"
UV = REPOSITORY / os.environ.get("CARREL_STATE_DIR", ".carrel") / "uv" / "bin" / "uv"
# Seconds that one step may take where packages have to be downloaded first.
PATIENCE = 120
STUBS = {
    "carrel/v1/code_interpreter_pb2.py",
    "carrel/v1/code_interpreter_pb2.pyi",
    "carrel/v1/code_interpreter_pb2_grpc.py",
    "carrel/internal/server_config_pb2.py",
}
CALL = """
import sys
import google.protobuf, grpc
from carrel import Client
with Client(sys.argv[1]) as client, client.create_session("minimal") as session:
    session.write_bytes(b"5", "five")
    result = session.execute("int(open('five').read())")
    print(google.protobuf.__version__, grpc.__version__, result.text)
    try:
        session.read_bytes("six")
    except Exception as error:
        print(type(error).__name__, error.reason)
"""
ANSWER = "5\nNotFound FILE_NOT_FOUND\n"


def run(*command: str | Path, cwd: Path | None = None, path: Path | None = None) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    done = subprocess.run(
        command,
        check=False,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_uv(*arguments: str | Path, cwd: Path | None = None) -> None:
    """Runs uv; without a network, packages that an earlier run has downloaded suffice, as for
    ./dev.
    """
    try:
        run(UV, *arguments, cwd=cwd)
    except AssertionError:
        run(UV, *arguments, "--offline", cwd=cwd)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a copy of the client and the protos in git, including uncommitted changes."""
    git = ("git", "-c", f"safe.directory={REPOSITORY}", "-C", REPOSITORY)
    changed = run(*git, "-c", "user.name=t", "-c", "user.email=t@t", "stash", "create").strip()
    folder = tmp_path_factory.mktemp("clone")
    run(
        *git, "archive", "--output", folder / "it.tar", changed or "HEAD", "clients/python", "proto"
    )
    run("tar", "--extract", "--file", folder / "it.tar", cwd=folder)
    assert not (folder / "clients/python/src/carrel/v1").exists()
    return folder / "clients/python"


@pytest.fixture(scope="module")
def wheel(clone: Path) -> Path:
    """Returns the wheel, built from the sdist."""
    pinned = ("--build-constraints", BUILD, "--require-hashes", "--python", sys.executable)
    run_uv("build", "--quiet", *pinned, "--out-dir", clone / "dist", clone)
    [built] = (clone / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    # The user ids of its sessions differ from those of any other server on this machine.
    first = 1_000_000_000 + os.getpid() % 4000 * 10_000
    with LocalServer(images=["minimal"], first_session_uid=first) as started:
        yield started


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def test_wheel_has_the_stubs(wheel):
    names = names_in(wheel)
    assert names >= STUBS
    assert [name for name in names if not re.match(r"carrel(/|-[0-9.]+\.dist-info/)", name)] == []


def test_wheel_of_a_checkout_is_that_of_the_sdist(clone, wheel):
    # Stubs of another generator, as ./dev leaves them, must not be in it.
    stale = clone / "src" / "carrel" / "v1"
    stale.mkdir()
    (stale / "stale_pb2.py").write_text("raise ImportError\n")
    (stale / "code_interpreter_pb2.py").write_text("raise ImportError\n")
    pinned = ("--build-constraints", BUILD, "--require-hashes", "--python", sys.executable)
    run_uv("build", "--quiet", "--wheel", *pinned, "--out-dir", clone / "again", clone)
    [again] = (clone / "again").glob("*.whl")
    assert names_in(again) == names_in(wheel)
    with zipfile.ZipFile(again) as built:
        assert b"ImportError" not in built.read("carrel/v1/code_interpreter_pb2.py")


def test_lowest_versions_make_a_real_call(wheel, server, tmp_path):
    python = tmp_path / "venv" / "bin" / "python"
    run_uv("venv", "--quiet", "--no-project", "--python", sys.executable, tmp_path / "venv")
    run_uv("pip", "sync", "--quiet", "--require-hashes", "--python", python, LOWEST)
    run_uv("pip", "install", "--quiet", "--no-deps", "--python", python, wheel)
    run_uv("pip", "check", "--quiet", "--python", python)
    assert run(python, "-W", "error", "-c", CALL, server.address) == f"6.31.1 1.75.1 {ANSWER}"
    command = tmp_path / "venv" / "bin" / "carrel"
    assert "GENERATION" not in run(command, "sessions", "list", "--address", server.address)
    assert "--download" in run(command, "run", "--help")
    script = tmp_path / "script.py"
    script.write_text("print('ran')\n")
    assert run(command, "run", script, "-i", "minimal", "-a", server.address) == "ran\n"


def test_versions_of_the_tools_make_a_real_call(wheel, server, tmp_path):
    unpacked = tmp_path / "unpacked"
    run_uv("pip", "install", "--quiet", "--no-deps", "--target", unpacked, wheel)
    answer = run(sys.executable, "-W", "error", "-c", CALL, server.address, path=unpacked)
    assert answer.endswith(ANSWER)


def pinned_versions(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(), re.MULTILINE))


def is_lowest(requirement: str, pinned: dict[str, str]) -> bool:
    """Returns whether `pinned` has the lowest version that `requirement` allows."""
    match = re.match(r"([a-z0-9-]+)(?:>=|==)([0-9.]+)", requirement)
    assert match is not None, f"{requirement} has no lowest version"
    lowest, found = (v.split(".") for v in (match[2], pinned[match[1]]))
    return found == lowest + ["0"] * (len(found) - len(lowest))


@pytest.mark.parametrize(
    ("requirements", "lock"),
    [(PROJECT["project"]["dependencies"], LOWEST), (PROJECT["build-system"]["requires"], BUILD)],
    ids=["run", "build"],
)
def test_locks_have_the_lowest_versions_that_are_declared(requirements, lock):
    pinned = pinned_versions(lock)
    assert [r for r in requirements if not is_lowest(r, pinned)] == [], "./dev lock"
