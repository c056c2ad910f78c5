"""Each layer of a mode is left out in turn, in its container, and its absence is detected.

The test is tests/ablation/layers_off_test.cc, which ctest runs in native mode;
docs/layers.md has the table.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lanes import engine, lane

pytestmark = pytest.mark.lanes("container", "restricted")

PROGRAMS = {
    "layers_off/layers_off_test": "layers_off_test",
    "layers_off/carrel-zygote-testing": "carrel-zygote-testing",
    "layers_off/libcarrel-zygote-testing.so": "libcarrel-zygote-testing.so",
    "layers_off/carrel-supervisor": "carrel-supervisor",
    "sandbox/child/libcarrel-guest.so": "libcarrel-guest.so",
    # The test checks that no layer can be left out of these.
    "sandbox/child/carrel-zygote": "shipped/carrel-zygote",
    "sandbox/child/libcarrel-zygote.so": "shipped/libcarrel-zygote.so",
    "sandbox/child/carrel-supervisor": "shipped/carrel-supervisor",
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Makes the one directory that the container shares with the host, with the programs in it."""
    with tempfile.TemporaryDirectory(prefix="layers-off-", dir=lane.SCRATCH) as made:
        path = Path(made)
        path.chmod(0o711)
        (path / "shipped").mkdir()
        for built, name in PROGRAMS.items():
            shutil.copy(lane.BUILD / built, path / name)
        yield path


@pytest.mark.timeout(900)
def test_each_layer_of_this_lane_is_missed_when_it_is_left_out(folder):
    with tempfile.TemporaryFile(dir=lane.SCRATCH) as said:
        contained = engine.start(lane.LANE, [str(folder / "layers_off_test")], [folder], said, said)
        try:
            status = contained.process.wait(840)
        finally:
            contained.end()
        said.seek(0)
        text = said.read().decode()
    assert status == 0, text
    passed = re.search(r"\[  PASSED  \] (\d+) tests", text)
    assert passed is not None, text
    assert int(passed[1]) >= 20, text
