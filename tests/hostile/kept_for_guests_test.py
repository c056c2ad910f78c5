"""Data and work of the server for a session have a limit over many cells.

An attack of attacks/ is one cell; these take many.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest
from carrel import Change, Client, Limits, NotFound, Session
from carrel.testing import LocalServer
from support import SLOWNESS, local_server, run, session_folders

MEBIBYTE = 1 << 20
WORKSPACE = 8 * MEBIBYTE
DISPLAYS = 6 * MEBIBYTE

IMAGE = f"""
import os
from IPython.display import Image, display
display(Image(data={bytes.fromhex("89504e470d0a1a0a")!r} + os.urandom(4 << 20), format="png"))
"""

TOUCH = """
import os
with open("sparse", "ab") as file:
    file.truncate(255 << 20)
os.utime("sparse", (1, NUMBER))
"""


@pytest.fixture(scope="module")
def server():
    with local_server(images=["minimal"]) as server:
        yield server


@pytest.fixture
def session(server):
    limits = Limits(workspace_bytes=WORKSPACE, display_bytes=DISPLAYS)
    with Client(server.address) as client, client.create_session("minimal", limits=limits) as it:
        yield it


def image_bytes(server: LocalServer, session: Session) -> int:
    """Returns the disk space of a session's images, in bytes."""
    (folder,) = session_folders(server, session)
    images = [path for path in folder.glob("executions/*/images/*") if path.is_file()]
    return sum(path.stat().st_blocks * 512 for path in images)


def shown(session: Session):
    """Displays an image; returns its artifact."""
    (artifact,) = run(session, IMAGE).artifacts
    assert artifact.change is Change.DISPLAYED
    return artifact


def test_the_oldest_images_are_forgotten(server, session):
    first = shown(session)
    data = session.read_bytes(first)
    assert hashlib.sha256(data).hexdigest() == first.sha256
    last = [shown(session) for _ in range(5)][-1]
    assert image_bytes(server, session) <= WORKSPACE
    assert len(session.read_bytes(last)) == last.size_bytes
    for call in (session.read_bytes, session.file):
        with pytest.raises(NotFound, match="not kept any more") as info:
            call(first)
        assert info.value.reason == "FILE_NOT_FOUND"
    # An image that never existed gets a different message.
    with pytest.raises(NotFound, match="was not found"):
        session.file(last.name.replace("/1.png", "/7.png"))


def cpu_seconds(server: LocalServer) -> float:
    """Returns the CPU time of the server's own process."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_sparse_file_is_not_hashed_again_after_each_cell(server):
    with Client(server.address) as client, client.create_session("minimal") as session:
        (artifact,) = run(session, TOUCH.replace("NUMBER", "0")).artifacts
        zeros = hashlib.sha256(bytes(255 * MEBIBYTE)).hexdigest()
        assert artifact.sha256 in (zeros, "")  # The digest is empty if hashing would take too long.
        before = cpu_seconds(server)
        run(session, TOUCH.replace("NUMBER", "1"))
        begin = time.monotonic()
        hashed = 0
        for number in range(2, 30):
            (artifact,) = run(session, TOUCH.replace("NUMBER", str(number))).artifacts
            assert artifact.size_bytes == 255 * MEBIBYTE
            hashed += bool(artifact.sha256)
        passed = time.monotonic() - begin
        # The server hashes 32 MiB a second (hash_queue.h), so it hashes the next version after
        # eight seconds.
        assert hashed <= 1 + passed / 7
        assert cpu_seconds(server) - before < (2 + 0.3 * passed) * SLOWNESS
