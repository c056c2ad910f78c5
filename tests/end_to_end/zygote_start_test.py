"""What a zygote is made of; if a part is missing the server says so and does not serve."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from carrel.testing import LocalServerError
from lanes.lane import BUILD
from support import local_server

pytestmark = pytest.mark.lanes("native")  # of files that are installed alike everywhere

CHILD = BUILD / "sandbox" / "child"
PARTS = ("carrel-zygote", "libcarrel-zygote.so", "carrel-supervisor")


@pytest.mark.parametrize("missing", PARTS)
def test_missing_part_is_named(missing, tmp_path, monkeypatch):
    """A copy of the installation, less one file."""
    (tmp_path / "service").mkdir()
    shutil.copy2(BUILD / "service" / "carreld", tmp_path / "service")
    for part in PARTS:
        if part != missing:
            shutil.copy2(CHILD / part, tmp_path / "service")
    monkeypatch.setenv("CARREL_BUILD_DIR", str(tmp_path))
    with pytest.raises(LocalServerError, match=missing), local_server(images=["minimal"]):
        pass


def test_library_shows_one_name_and_binds_all_that_it_needs_at_once():
    library = str(CHILD / "libcarrel-zygote.so")

    def told(*command: str) -> str:
        return subprocess.run(
            [*command, library], capture_output=True, text=True, check=True
        ).stdout

    names = [line.split()[-1] for line in told("nm", "-D", "--defined-only").splitlines()]
    assert names == ["__libc_start_main"]
    assert "BIND_NOW" in told("readelf", "--dynamic", "--wide")
