"""The contents of a workspace never lead the host to other files, nor block it."""

from __future__ import annotations

import contextlib

import pytest
from carrel import CarrelError, FailedPrecondition, InvalidArgument, NotFound
from support import run, session_folders, value

LINKS = {
    "final": ("os.symlink('/etc/hostname', 'x')", "x"),
    "middle": ("os.symlink('/etc', 'x')", "x/hostname"),
    "dangling": ("os.symlink('/nowhere', 'x')", "x"),
    "parent": ("os.symlink('../../../../../../etc', 'x')", "x/hostname"),
    "upwards": ("os.symlink('..', 'x')", "x/incoming"),
    "to itself": ("os.symlink('x', 'x')", "x"),
    "magic": ("os.symlink('/proc/self/root/etc', 'x')", "x/hostname"),
}


@pytest.mark.parametrize(("code", "path"), LINKS.values(), ids=LINKS)
def test_symlinks_are_not_followed_by_the_host(session, code, path):
    run(session, f"import os\n{code}")
    for call in (session.read_bytes, session.file):
        with pytest.raises((FailedPrecondition, NotFound)):
            call(path)
    assert list(session.files()) == []


@pytest.mark.parametrize("path", ["link", "folder/victim"])
def test_host_does_not_write_through_symlinks(session, tmp_path, path):
    tmp_path.chmod(0o777)
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    code = (
        f"import os\nos.symlink({str(victim)!r}, 'link')\nos.symlink({str(tmp_path)!r}, 'folder')"
    )
    run(session, code)
    try:
        session.write_bytes(b"overwritten", path)
    except CarrelError as error:
        assert isinstance(error, FailedPrecondition | NotFound)
    assert victim.read_text() == "untouched"
    assert [item.name for item in tmp_path.iterdir()] == ["victim"]


def test_deleting_a_symlink_leaves_what_it_points_to(session, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    run(session, f"import os\nos.symlink({str(victim)!r}, 'link')")
    session.delete_file("link")
    assert victim.read_text() == "untouched"
    assert value(session, "os.path.lexists('link')") == "False"


SPECIAL = {
    "fifo": "os.mkfifo('x')",
    "socket-like": "os.mkdir('x')",
    "device": "os.symlink('/dev/zero', 'x')",
}


@pytest.mark.parametrize("code", SPECIAL.values(), ids=SPECIAL)
def test_what_is_no_regular_file_is_refused_without_blocking(session, code):
    run(session, f"import os\n{code}")
    for call in (session.read_bytes, session.file):
        with pytest.raises((FailedPrecondition, NotFound)):
            call("x")
    with pytest.raises(FailedPrecondition):
        session.write_bytes(b"data", "x")
    assert list(session.files()) == []
    assert run(session, "1").artifacts == ()


def test_fifo_made_by_a_cell_does_not_hold_its_end_up(session):
    result = run(session, "import os\nos.mkfifo('pipe')\nopen('real', 'w').write('x')")
    assert [artifact.path for artifact in result.artifacts] == ["real"]


def test_names_that_the_api_cannot_say_do_not_break_listings(session):
    code = r"""
import os
for name in (b'new\nline', b'\xff\xfe', b'tab\t', b'ok'):
    open(name, 'w').close()
os.makedirs('/'.join(['d'] * 60))
"""
    result = run(session, code)
    assert [file.path for file in session.files()] == ["ok"]
    assert "ok" in [artifact.path for artifact in result.artifacts]
    with pytest.raises(InvalidArgument):
        session.read_bytes("new\nline")


def test_sparse_file_is_read_in_part(session):
    # The file exceeds the quota by its size, not by its blocks.
    run(session, "f = open('sparse', 'wb'); f.truncate(1 << 30); f.close()")
    assert session.read_bytes("sparse", offset=(1 << 30) - 3) == b"\0\0\0"


def test_file_that_shrinks_while_it_is_read_ends_that_read_alone(session):
    run(session, "open('f', 'wb').write(b'x' * (8 << 20))")
    code = """
import os, threading, time
stop = False
def swap():
    while not stop:
        os.truncate('f', 10)
        os.truncate('f', 8 << 20)
thread = threading.Thread(target=swap); thread.start()
"""
    run(session, code)
    for _ in range(20):
        with contextlib.suppress(CarrelError):
            session.read_bytes("f")
    run(session, "stop = True; thread.join()")
    assert len(session.read_bytes("f")) == 8 << 20


def test_deep_and_locked_folders_can_be_deleted_with_the_session(client, server):
    session = client.create_session("minimal")
    code = """
import os
os.makedirs('/'.join(['d' * 100] * 30)); open('locked', 'w').close(); os.mkdir('closed')
open('closed/f', 'w').close(); os.chmod('closed', 0); os.chmod('locked', 0); os.chmod('.', 0)
"""
    assert session.execute(code).execution.state in {"SUCCEEDED", "FAILED"}
    session.delete()
    assert not session_folders(server, session)
