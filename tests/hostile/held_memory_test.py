"""Memory that carreld keeps for sessions is charged to them, bounded overall, and released."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from bench.bystanders import FILLS
from carrel import Client, Limits
from carrel.testing import LocalServer
from carrel.v1 import code_interpreter_pb2 as pb
from carrel.v1 import code_interpreter_pb2_grpc as pb_grpc
from support import SLOWNESS, eventually, local_server, run

MIB = 1 << 20
HISTORIES = 64 * MIB  # The limit for all sessions of this server together.


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with local_server(images=["minimal"], max_history_memory_bytes=HISTORIES) as started:
        yield started


@pytest.fixture
def client(server) -> Iterator[Client]:
    with Client(server.address) as connected:
        yield connected


def held(server: LocalServer) -> int:
    """Returns the private memory of carreld, in bytes."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(re.findall(r"RssAnon:\s*(\d+) kB", status)[0]) * 1024


SMALL = Limits(display_bytes=65536, output_bytes=65536)
# These are kept in memory; the others leave files.
KEPT = ("metadata of displays", "ids of displays", "types of displays", "bytes between updates")


@pytest.mark.parametrize("code", [FILLS[name] for name in KEPT], ids=KEPT)
def test_little_is_kept_of_what_is_little(server, client, told, code):
    """Has carreld keep much by displays that are empty and prints of a byte.

    guarantee: G7
    """
    with client.create_session(limits=SMALL) as session:
        run(session, "display('first')")
        before = held(server)
        result = run(session, code)
        assert result.displays or result.stdout
        eventually(lambda: held(server) - before < 4 * MIB, "carreld holds little",
                   why_not=lambda: (held(server) - before) / MIB, patience=10)  # fmt: skip
        told("bounded")
        result = run(session, "display('next')")
        assert [item.text for item in result.displays] == ["'next'"]


def test_what_is_usual_is_shown(client):
    """The control: many small displays with names, ids and metadata as they usually are."""
    code = """
for number in range(1000):
    display({'text/plain': str(number), 'text/html': str(number)}, raw=True,
            metadata={'text/html': {'isolated': True}}, display_id=f'id-{number}')
"""
    with client.create_session(limits=SMALL) as session:
        result = run(session, code)
        assert [item.text for item in result.displays] == [str(n) for n in range(1000)]
        assert result.displays[999].metadata == {"text/html": {"isolated": True}}
        assert result.execution.message == "Completed."


PRINT_A_LOT = "for _ in range(1600): print('x' * 10_000)"


def test_histories_of_all_sessions_are_bounded_and_fair(server, client, told):
    """Fills the histories of many sessions; a small one keeps its own, and memory comes back.

    guarantee: G7
    """
    before = held(server)
    with client.create_session() as innocent:
        small = run(innocent, "print('mine')").execution.name.rpartition("/")[2]
        sessions = [client.create_session(limits=Limits(output_bytes=16 * MIB)) for _ in range(8)]
        for session in sessions:
            for _ in range(3):
                run(session, PRINT_A_LOT)
        assert innocent.execution(small) is not None
        counts = [len(list(session.executions())) for session in sessions]
        told("bounded, the largest lose first")
        assert 3 <= sum(counts) <= 5, counts
        assert counts[-1] >= 1
        eventually(lambda: held(server) - before < HISTORIES + 64 * MIB, "it is bounded",
                   why_not=lambda: held(server) / MIB)  # fmt: skip
        for session in sessions:
            session.delete()
        eventually(lambda: held(server) - before < 48 * MIB, "memory comes back",
                   why_not=lambda: held(server) / MIB, patience=30)  # fmt: skip
        assert innocent.execution(small) is not None


MANY_NAMES = """
for number in range(9500):
    open(f"{number:0220}", "w").close()
"""


def test_what_was_kept_of_workspaces_comes_back(server, client, told):
    """Has carreld keep the names of many files, in session after session, which then are deleted.

    guarantee: G7
    """
    before = held(server)
    sessions = [client.create_session() for _ in range(16)]
    for session in sessions:
        run(session, MANY_NAMES)
    most = held(server) - before
    for session in sessions:
        session.delete()
    told("it comes back")
    # Up to 32 MiB of what is free may stay (service/own_memory.cc).
    eventually(lambda: held(server) - before < 40 * MIB, "it comes back", patience=60 * SLOWNESS,
               why_not=lambda: (most / MIB, (held(server) - before) / MIB))  # fmt: skip


def test_what_nobody_reads_is_not_kept_for_ever(server, client, told):
    """Watches large executions, reads nothing, and deletes their sessions: again and again.

    guarantee: G7
    """
    options = (("grpc.enable_http_proxy", 0), ("grpc.http2.lookahead_bytes", 65536),
               ("grpc.http2.bdp_probe", 0))  # fmt: skip
    before = held(server)
    with grpc.insecure_channel(server.address, options=options) as channel:
        calls = pb_grpc.CodeInterpreterStub(channel)
        streams = []
        for _ in range(12):
            with client.create_session(limits=Limits(output_bytes=16 * MIB)) as session:
                name = run(session, PRINT_A_LOT).execution.name
                stream = calls.WatchExecution(pb.WatchExecutionRequest(name=name))
                next(iter(stream))
                streams.append(stream)
        eventually(lambda: held(server) - before < HISTORIES + 64 * MIB, "it is bounded",
                   why_not=lambda: held(server) / MIB, patience=30)  # fmt: skip
        with pytest.raises(grpc.RpcError) as error:
            list(streams[0])
        told(error.value.code().name)
        assert error.value.code() is grpc.StatusCode.ABORTED
        assert list(streams[-1])[-1].HasField("finished")
        for stream in streams:
            stream.cancel()
