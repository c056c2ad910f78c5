"""The cost of a cell must not grow with its workspace: no full scan after each cell."""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from carrel import Change, Client, Limits, Session
from carrel.testing import LocalServer
from support import local_server, run

FILES = 20_000
IN_ACCESS, IN_ISDIR, IN_NONBLOCK = 0x1, 0x40000000, 0o4000


class Looks:
    """Counts reads of a directory: every full scan of a workspace reads its root."""

    def __init__(self, folder: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd: int = libc.inotify_init1(IN_NONBLOCK)
        assert libc.inotify_add_watch(self._fd, os.fsencode(folder), IN_ACCESS) >= 0

    def close(self) -> None:
        os.close(self._fd)

    def count(self) -> int:
        """Returns the number of reads since the last call."""
        reads = 0
        while True:
            try:
                events = os.read(self._fd, 1 << 16)
            except BlockingIOError:
                return reads
            at = 0
            while at < len(events):
                _, mask, _, length = struct.unpack_from("iIII", events, at)
                reads += bool(mask & IN_ISDIR and length == 0)
                at += 16 + length


@pytest.fixture
def large(client: Client) -> Iterator[Session]:
    with client.create_session("minimal", limits=Limits(workspace_file_count=2 * FILES)) as opened:
        for start in range(0, FILES, 2000):  # One cell reports at most this many changes.
            run(opened, f"for n in range({start}, {start} + 2000): open(f'f{{n}}', 'w').close()")
        yield opened


@pytest.fixture
def looks(server: LocalServer, session: Session) -> Iterator[Looks]:
    yield from looks_at(server, session)


def looks_at(server: LocalServer, session: Session) -> Iterator[Looks]:
    sessions = server.data_directory / "sessions"
    found = Looks(next(sessions.glob(f"{session.id}.*")) / "files")
    yield found
    found.close()


def changes(result):
    return {artifact.path: artifact.change for artifact in result.artifacts}


def test_one_file_among_many_is_found(large):
    code = "open('f777', 'w').write('x'); import os; os.remove('f778'); open('new', 'w').close()"
    result = run(large, code)
    assert changes(result) == {
        "f777": Change.MODIFIED,
        "f778": Change.DELETED,
        "new": Change.CREATED,
    }
    assert not result.execution.artifacts_truncated
    assert run(large, "print(1)").artifacts == ()
    assert changes(run(large, "os.rename('f1', 'f2')")) == {
        "f1": Change.DELETED,
        "f2": Change.MODIFIED,
    }


@pytest.mark.lanes("native")
def test_cells_do_not_have_all_of_the_workspace_looked_at(server, large):
    with_looks = looks_at(server, large)
    looks = next(with_looks)
    run(large, "open('f777', 'w').write('x')")
    run(large, "print(1)")  # Earlier changes are reconciled after this cell.
    looks.count()
    for number in range(20):
        result = run(large, f"open('f{number}', 'w').write('x')")
        assert changes(result) == {f"f{number}": Change.MODIFIED}
        assert run(large, "print(1)").artifacts == ()
    assert looks.count() == 0
    assert len(list(large.files(page_size=1000))) >= FILES  # The control: this lists all files.
    assert looks.count() > 0
    with_looks.close()


@pytest.mark.lanes("native")
def test_first_cells_of_a_session_look_at_nothing(session, looks):
    for _ in range(3):
        assert run(session, "print(1 + 1)").artifacts == ()
    session.write_bytes(b"x", "uploaded")
    assert run(session, "open('uploaded').read()").artifacts == ()
    assert changes(run(session, "open('a', 'w').close()")) == {"a": Change.CREATED}
    # The upload's own scan for the space in use is the only one.
    assert looks.count() <= 2


def watches_of(server: LocalServer) -> int:
    """Returns how many directories carreld watches."""
    total = 0
    for info in Path(f"/proc/{server.pid}/fdinfo").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            total += info.read_text().count("inotify wd:")
    return total


@pytest.mark.lanes("native")
def test_no_watch_is_left_of_a_session_that_is_gone():
    # Warm sessions are disabled because they have watches of their own that come and go.
    with (
        local_server(images=["minimal"], max_warm_interpreter_count=-1) as server,
        Client(server.address) as client,
        client.create_session() as session,
    ):
        run(session, "print(1)")
        before = watches_of(server)
        for _ in range(5):
            with client.create_session() as opened:
                run(opened, "import os; os.makedirs('a/b/c')")
                run(opened, "print(1)")  # The scan may not be reconciled before this cell.
                assert watches_of(server) >= before + 4
        assert watches_of(server) == before


def test_mapped_file_that_is_written_to_in_a_later_cell_is_modified(session):
    code = """
import mmap
with open('mapped', 'wb+') as file:
    _ = file.truncate(1 << 20)
    memory = mmap.mmap(file.fileno(), 1 << 20)
"""
    assert changes(run(session, code)) == {"mapped": Change.CREATED}
    assert run(session, "print(1)").artifacts == ()
    write = "memory[:4096] = b'x' * 4096; memory.flush()"
    assert changes(run(session, write)) == {"mapped": Change.MODIFIED}
    assert changes(run(session, "memory[5] = 0; memory.close()")) == {"mapped": Change.MODIFIED}
    assert run(session, "print(1)").artifacts == ()


def test_what_a_background_thread_writes_belongs_to_the_next_cell(session):
    code = """
import threading
gate, done = threading.Event(), threading.Event()
def write():
    _ = gate.wait()
    open('late', 'w').write('x')
    done.set()
threading.Thread(target=write).start()
"""
    assert run(session, code).artifacts == ()
    assert changes(run(session, "gate.set(); done.wait()")) == {"late": Change.CREATED}
    assert run(session, "print(1)").artifacts == ()


def test_folders_are_followed_wherever_they_go(session):
    run(session, "import os; os.makedirs('a/b'); open('a/b/f', 'w').close()")
    assert changes(run(session, "open('a/b/g', 'w').close()")) == {"a/b/g": Change.CREATED}
    assert changes(run(session, "os.rename('a', 'c')")) == {
        "a/b/f": Change.DELETED,
        "a/b/g": Change.DELETED,
        "c/b/f": Change.CREATED,
        "c/b/g": Change.CREATED,
    }
    assert changes(run(session, "open('c/b/f', 'w').write('x')")) == {"c/b/f": Change.MODIFIED}
