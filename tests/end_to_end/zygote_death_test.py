"""Sessions survive the death of their zygote, and a spare serves until there is another.

A zygote that is launched anew waits at the end of its imports while the test holds it there. All
requests in the meantime are therefore served by a spare, however slow or quick the machine is.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from carrel import Cause, Client, Limits, Session
from carrel.testing import REPOSITORY
from support import (
    SessionProcesses,
    children_of,
    eventually,
    identities,
    is_alive,
    local_server,
    parent_of,
    run,
    survivors,
    tree_below,
    value,
    zygote_and_spare,
    zygotes,
)

# No warm session has these limits, so a zygote must make one.
UNUSUAL = Limits(open_file_count=777)

# A zygote runs this last before it is ready. In native mode it sees the sessions' directory at
# the first path.
HOLD = """
import os, time
while os.path.exists("/.host/hold") or os.path.exists("{sessions}/hold"):
    time.sleep(0.01)
"""


class HeldServer:
    """A server whose newly launched zygotes, and only they, can be held back.

    Attributes:
        local: the server.
        client: connected to it.
    """

    def __init__(self, folder: Path) -> None:
        self._hold = folder / "data" / "sessions" / "hold"
        config = folder / "minimal" / "image.textproto"
        config.parent.mkdir()
        statement = json.dumps(HOLD.format(sessions=self._hold.parent))
        text = (REPOSITORY / "images" / "minimal" / "image.textproto").read_text()
        config.write_text(f"{text}\nwarm_up: {statement}\n")
        self.local = local_server(
            images=["minimal"], image_configs={"minimal": config}, data_directory=folder / "data"
        )
        self.client = Client(self.local.address)

    def hold(self) -> None:
        """Keeps every zygote that is launched from now on from becoming ready."""
        self._hold.touch()

    def release(self) -> None:
        self._hold.unlink()

    def cold_session(self) -> Session:
        return self.client.create_session(limits=UNUSUAL)

    def newcomer(self, known: set[int]) -> int:
        """Waits for a zygote that replaces a dead one and that the test holds; returns its pid."""

        def found() -> set[int]:
            # A fork has the address space of its parent.
            spaces = {address_space(pid) for pid in known}
            return {pid for pid in zygotes(self.local) if address_space(pid) not in spaces}

        (pid,) = eventually(found, "a new zygote is launched")
        return pid


@pytest.fixture
def held() -> Iterator[HeldServer]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        server = HeldServer(Path(name))
        with server.local, server.client:
            yield server


def address_space(pid: int) -> str:
    """Returns the address of a process's stack, which only its forks share."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[25]
    except OSError:
        return ""


def test_stacks_are_at_random_addresses():
    """The tests below could otherwise not distinguish a fork from a new zygote."""
    assert Path("/proc/sys/kernel/randomize_va_space").read_text().strip() != "0"


def maker_of(held: HeldServer, session: Session) -> int:
    """Returns the process that forked a session, while it lives."""
    return parent_of(parent_of(SessionProcesses(held.local, session).pids()[0]))


def spares(held: HeldServer) -> list[int]:
    """Returns the zygotes that have had no request yet."""
    return [pid for pid, name in zygotes(held.local).items() if name == "carrel-spare"]


def kill(pid: int) -> None:
    """Kills a zygote of a server that the test has started, and waits until it is gone."""
    killed = identities([pid])
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not survivors(killed), "it is gone")


def test_spare_is_a_copy_of_the_zygote(held):
    zygote, spare = zygote_and_spare(held.local)
    assert address_space(spare) == address_space(zygote) != ""
    assert parent_of(spare) == parent_of(zygote)
    # Their memory belongs to root, so guests with the same user id cannot open it.
    assert (
        Path(f"/proc/{spare}/mem").stat().st_uid == Path(f"/proc/{zygote}/mem").stat().st_uid == 0
    )
    # They have none of each other's sockets. (While it makes a session, a zygote has more.)
    eventually(
        lambda: len(os.listdir(f"/proc/{spare}/fd")) == len(os.listdir(f"/proc/{zygote}/fd")),  # noqa: PTH208
        "they have as many descriptors",
    )
    with held.cold_session() as session:
        assert maker_of(held, session) == zygote
    assert zygotes(held.local)[spare] == "carrel-spare"
    assert children_of(spare) == []


def test_spare_takes_the_place_of_a_killed_zygote(held):
    zygote, spare = zygote_and_spare(held.local)
    with held.client.create_session() as warm, held.cold_session() as cold:
        for session in (warm, cold):
            run(session, "x = 'alive'")
        held.hold()
        kill(zygote)
        with held.cold_session() as new:
            assert value(new, "6 * 7") == "42"
            assert maker_of(held, new) == spare
            assert zygotes(held.local)[spare] == "carrel-zygote"
            held.newcomer({zygote, spare})  # The new zygote is not ready.
            for session in (warm, cold):
                assert value(session, "x") == "alive"
                assert session.refresh().generation == 1


def test_sessions_are_made_by_a_zygote_of_the_first_generation_again(held):
    zygote, spare = zygote_and_spare(held.local)
    held.hold()
    kill(zygote)
    with held.cold_session() as between:
        run(between, "x = 'alive'")
        assert maker_of(held, between) == spare
        launched = held.newcomer({spare})
        old = identities(set(zygotes(held.local)) - {launched})
        held.release()
        eventually(lambda: not survivors(old), "the copies of the old one are let go")
        active, next_spare = zygote_and_spare(held.local)
        assert active == launched
        assert address_space(next_spare) == address_space(active)
        with held.cold_session() as new:
            assert maker_of(held, new) == launched
            assert value(new, "6 * 7") == "42"
        assert value(between, "x") == "alive"
        assert between.refresh().generation == 1


def test_spare_has_a_spare_until_there_is_a_zygote(held):
    zygote, spare = zygote_and_spare(held.local)
    held.hold()
    for _ in range(3):
        kill(zygote)
        with held.cold_session() as session:
            assert maker_of(held, session) == spare
        launched = held.newcomer({spare})
        zygote = spare
        (spare,) = eventually(lambda: spares(held), "the next is there")
    held.release()
    eventually(lambda: zygote_and_spare(held.local)[0] == launched, "the new one is active")


def test_deaths_one_after_the_other_launch_one_zygote(held):
    """The server may learn of the second death when the launch for the first is already due."""
    for _ in range(3):
        zygote, spare = zygote_and_spare(held.local)
        killed = identities([zygote, spare])
        os.kill(zygote, signal.SIGKILL)
        time.sleep(0.005)  # The spare is active; the launch comes 20 ms after the death.
        os.kill(held.local.pid, signal.SIGSTOP)
        # There is another already if all that took long.
        with contextlib.suppress(ProcessLookupError):
            os.kill(spare, signal.SIGKILL)
        time.sleep(0.05)
        os.kill(held.local.pid, signal.SIGCONT)
        eventually(lambda killed=killed: not survivors(killed), "they are gone")
    # Waits until there is no other zygote.
    zygote_and_spare(held.local)


def test_killed_spare_is_replaced(held):
    zygote, spare = zygote_and_spare(held.local)
    held.hold()
    kill(spare)
    again, second = zygote_and_spare(held.local)
    assert again == zygote
    assert second != spare
    with held.cold_session() as session:
        assert maker_of(held, session) == zygote
    kill(zygote)
    with held.cold_session() as session:
        assert maker_of(held, session) == second


def test_both_killed_are_replaced(held):
    zygote, spare = zygote_and_spare(held.local)
    with held.client.create_session() as session:
        run(session, "x = 'alive'")
        os.kill(zygote, signal.SIGSTOP)  # A stopped zygote makes no other spare.
        kill(spare)
        kill(zygote)
        with held.cold_session() as new:
            assert value(new, "6 * 7") == "42"
            assert maker_of(held, new) not in (zygote, spare)
        assert not {zygote, spare} & set(zygote_and_spare(held.local))
        assert value(session, "x") == "alive"
        assert session.refresh().generation == 1


# The code runs in a session: it reports what the session has from the process that forked it, and
# what it must not share.
LOOK = """
import json, os, random, tempfile, uuid
print(json.dumps({
    "fds": sorted(os.listdir("/proc/self/fd")),
    "draws": [random.getrandbits(64), os.urandom(8).hex(), str(uuid.uuid4()), tempfile.mktemp()],
    "names": sorted(globals()),
    "files": os.listdir(),
}))
"""


def test_session_of_a_spare_is_like_any_other(held):
    zygote, spare = zygote_and_spare(held.local)
    with held.cold_session() as before:
        first = json.loads(run(before, LOOK).stdout)
    held.hold()
    kill(zygote)
    with held.cold_session() as after:
        assert maker_of(held, after) == spare
        second = json.loads(run(after, LOOK).stdout)
    drawn = zip(first.pop("draws"), second.pop("draws"), strict=True)
    assert all(one != other for one, other in drawn)
    assert first == second


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_no_zygote_and_no_spare_outlives_the_server(held, end):
    """The same holds in the midst of a recovery, when there are most of them."""
    zygote, spare = zygote_and_spare(held.local)
    held.hold()
    kill(zygote)
    session = held.cold_session()
    assert maker_of(held, session) == spare
    held.newcomer({spare})
    eventually(lambda: spares(held), "active, its spare, and one held")
    below = identities(tree_below(held.local.pid))
    assert len(below) >= len({"launcher", "active", "spare", "held", "supervisor", "interpreter"})
    getattr(held.local, end)()
    eventually(lambda: not survivors(below), "no process is left")


def test_zygote_and_spare_end_with_the_launcher(held):
    """They end though carreld still holds their sockets."""
    session = held.client.create_session()
    run(session, "x = 'alive'")
    pids = zygote_and_spare(held.local)
    (launcher,) = children_of(held.local.pid)
    kill(launcher)
    eventually(lambda: not any(is_alive(pid) for pid in pids), "they are gone")
    assert value(session, "x") == "alive"
    held.local.kill()  # An orderly stop would wait for sessions that nobody can make any more.


class Killer(threading.Thread):
    """Kills the next child of these processes as soon as it exists."""

    def __init__(self, parents: Iterable[int]) -> None:
        super().__init__()
        self._lists = [Path(f"/proc/{pid}/task/{pid}/children") for pid in parents]
        self._known = self._children()
        self.has_killed = False
        self.ends = False

    def _children(self) -> set[int]:
        return {int(pid) for path in self._lists for pid in path.read_text().split()}

    def run(self) -> None:
        while not self.ends and not self.has_killed:
            for pid in self._children() - self._known:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.has_killed = True


def test_interpreter_that_is_killed_while_it_starts_is_started_again():
    with local_server(images=["minimal"]) as server, Client(server.address) as client:
        parents = zygotes(server)
        with client.create_session("minimal", limits=UNUSUAL) as session:
            # The loop ends when a process is killed that does not run the cell yet.
            for _ in range(30):
                session.execute("import os; os._exit(1)")
                killer = Killer(parents)
                killer.start()
                first = session.execute("1 + 1").execution
                killer.ends = True
                killer.join()
                assert first.cause in (Cause.COMPLETED, Cause.CRASH)
                second = session.execute("1 + 1").execution
                if killer.has_killed and first.succeeded and second.generation == first.generation:
                    return
    pytest.fail("no interpreter was killed while it started")
