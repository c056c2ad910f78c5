"""If a part of a zygote is missing, the server reports it and does not serve."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from carrel.testing import LocalServerError
from lanes.lane import BUILD
from support import local_server

pytestmark = pytest.mark.lanes("native")  # The files are installed alike in every isolation mode.

CHILD = BUILD / "sandbox" / "child"
PARTS = ("carrel-zygote", "libcarrel-zygote.so", "carrel-supervisor")


@pytest.fixture
def installation(tmp_path, monkeypatch):
    """The directory of a copy of the installed files."""
    folder = tmp_path / "service"
    folder.mkdir()
    for file in (BUILD / "service" / "carreld", *(CHILD / part for part in PARTS)):
        shutil.copy2(file, folder)
    monkeypatch.setenv("CARREL_BUILD_DIR", str(tmp_path))
    return folder


@pytest.mark.parametrize("missing", PARTS)
def test_missing_part_is_named(installation, missing):
    (installation / missing).unlink()
    with pytest.raises(LocalServerError, match=missing), local_server(images=["minimal"]):
        pass


def test_python_without_the_library_is_no_zygote(installation):
    """The loader only warns about a library that it cannot load."""
    (installation / "libcarrel-zygote.so").write_bytes(b"not a library")
    refused = pytest.raises(LocalServerError, match="cannot be loaded")
    with refused, local_server(images=["minimal"]):
        pass


def test_library_shows_two_names_and_binds_all_that_it_needs_at_once():
    library = str(CHILD / "libcarrel-zygote.so")

    def told(*command: str) -> str:
        return subprocess.run(
            [*command, library], capture_output=True, text=True, check=True
        ).stdout

    names = [line.split()[-1] for line in told("nm", "-D", "--defined-only").splitlines()]
    assert names == ["__libc_start_main", "abort"]
    assert "BIND_NOW" in told("readelf", "--dynamic", "--wide")
