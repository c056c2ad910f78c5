"""Code that models write works under confinement; docs/compatibility.md lists what does not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from carrel import Client
from carrel.testing import REPOSITORY, available_images
from lanes.lane import LANE, LANES
from support import local_server

import document
from rows import REFUSED, WORKING
from rows.row import EVERYWHERE, Row

IMAGES = REPOSITORY / "images"
TABLE = (*WORKING, *REFUSED)
CASES = [
    (image, row)
    for image in EVERYWHERE
    for row in TABLE
    if image in row.images and LANE in (row.lanes or LANES)
]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with local_server() as server, Client(server.address) as connected:
        yield connected


def test_table_is_whole():
    names = [row.name for row in TABLE]
    assert len(names) == len(set(names)) >= 100
    assert set(EVERYWHERE) <= set(available_images())


@pytest.mark.parametrize(
    ("image", "row"), CASES, ids=[f"{image}-{row.name.replace(' ', '_')}" for image, row in CASES]
)
def test_cell_does_as_the_table_says(client: Client, image: str, row: Row):
    with client.create_session(image) as session:
        result = session.execute(row.code, timeout=100)
        error = result.error
        told = (result.execution.message, error and error.traceback, result.stdout, result.stderr)
        if row.raises is None:
            assert result.succeeded, told
        else:
            assert error is not None, told
            assert row.raises[0] in error.type, told
            assert row.raises[1] in error.message, told
        assert row.stderr in result.stderr if row.stderr else result.stderr == "", told
        if row.check is None:
            assert result.stdout.removesuffix("\n") == row.stdout, told
        else:
            assert row.check(result), told
        shown = [*result.displays, *([result.result] if result.result else [])]
        types = {item.mime_type for display in shown for item in display.data}
        assert set(row.shows) <= types, told
        assert result.execution.variables_survived, told


def test_every_refusal_says_what_is_seen_and_why():
    assert [row.name for row in REFUSED if not (row.seen and row.why)] == []


def test_document_is_made_from_the_table():
    text = document.DOCUMENT.read_text()
    assert document.made_from_rows(text) == text, "./dev document makes it"


def test_document_that_drifted_is_noticed():
    text = document.DOCUMENT.read_text()
    name = REFUSED[0].name
    assert document.made_from_rows(text.replace(f"| {name} |", "| another |")) == text
    with pytest.raises(ValueError, match="has places for"):
        document.made_from_rows(text.replace("document.py: everywhere", "document.py: nowhere"))


def test_images_have_the_same_time_zones():
    # The images share /usr/share/zoneinfo in a container.
    locks = {path.parent.name: path.read_text() for path in IMAGES.glob("*/requirements.lock")}
    versions = {re.search(r"^tzdata==(\S+)", lock, re.M)[1] for lock in locks.values()}
    # pytz has tables of its own, too; its releases are named as those of tzdata.
    assert versions == {re.search(r"^pytz==(\S+)", locks["data-science"], re.M)[1]}
