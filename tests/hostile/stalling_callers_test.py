"""Callers that stall: they occupy nothing that others need, and not for ever."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from carrel import Client, Limits, Session
from carrel.errors import CarrelError, from_rpc_error
from carrel.testing import LocalServer
from carrel.v1 import code_interpreter_pb2 as pb
from carrel.v1 import code_interpreter_pb2_grpc as pb_grpc
from support import PATIENCE, SLOWNESS, eventually, local_server, memory_peak_bytes, value

from half_messages import HalfMessages

MIB = 1 << 20
# The time for which this server lets a transfer wait for its caller, in seconds.
IDLE = 2 * SLOWNESS
MOST_TRANSFERS = 500  # Transfers::kMax


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    idle = {"seconds": int(IDLE), "nanos": int(IDLE % 1 * 1e9)}
    with local_server(images=["minimal"], transfer_idle_timeout=idle) as started:
        yield started


@pytest.fixture
def client(server) -> Iterator[Client]:
    with Client(server.address) as connected:
        yield connected


@pytest.fixture
def victim(client) -> Iterator[Session]:
    """A session whose workspace callers compete for."""
    with client.create_session(limits=Limits(workspace_bytes=4 * MIB)) as session:
        yield session


@pytest.fixture
def calls(server) -> Iterator[Any]:
    """The bare stub, on a connection with small buffers."""
    options = (("grpc.enable_http_proxy", 0), ("grpc.http2.lookahead_bytes", 65536),
               ("grpc.http2.bdp_probe", 0), ("grpc.max_concurrent_streams", 10_000))  # fmt: skip
    with grpc.insecure_channel(server.address, options=options) as channel:
        yield pb_grpc.CodeInterpreterStub(channel)


@pytest.fixture
def hold() -> Iterator[threading.Event]:
    """An event that ends the silent uploads when it is set."""
    event = threading.Event()
    yield event
    event.set()


def silent(
    hold: threading.Event, name: str, size: int, data: bytes = b""
) -> Iterator[pb.WriteFileRequest]:
    """Yields an upload that announces so many bytes, sends a few, and no more."""
    yield pb.WriteFileRequest(spec=pb.WriteFileSpec(name=name, size_bytes=size))
    if data:
        yield pb.WriteFileRequest(data=data)
    hold.wait(PATIENCE)


def error_of(future: grpc.Future) -> CarrelError:
    """Returns the error of a failed call."""
    return from_rpc_error(future.exception(PATIENCE), "carreld")


def test_whole_quota_announced(calls, victim, hold, told):
    """Announces an upload as large as the workspace and says nothing more: others upload.

    guarantee: G7
    """
    name = f"{victim.name}/files/silent"
    future = calls.WriteFile.future(silent(hold, name, 4 * MIB - 65536, b"x"))
    time.sleep(0.5)
    victim.write_bytes(b"x" * 2 * MIB, "other")
    assert not future.done()
    told("others were served")
    future.cancel()


def test_silent_uploads_end(client, calls, hold, told):
    """Says nothing: the upload ends with a sentence, its file is gone, and its session can expire.

    guarantee: G7
    """
    session = client.create_session(idle_timeout=timedelta(seconds=1))
    name = f"{session.name}/files/silent"
    futures = [calls.WriteFile.future(silent(hold, name, 100, b"x")),
               calls.WriteFile.future(silent(hold, name, 100)),
               calls.WriteFile.future(wait_first(hold))]  # fmt: skip
    errors = [error_of(future) for future in futures]
    told(sorted({type(error).__name__ for error in errors}))
    for error in errors:
        assert type(error).__name__ == "Aborted"
        assert "its caller did nothing for" in str(error)
    hold.set()
    eventually(lambda: session.id not in {one.id for one in client.sessions()}, "it has expired")


def wait_first(hold: threading.Event) -> Iterator[pb.WriteFileRequest]:
    """An upload that does not even say of what."""
    hold.wait(PATIENCE)
    yield pb.WriteFileRequest()


def test_slow_uploads_go_on(calls, victim):
    """The control: who sends a little now and then is served, however long it takes."""

    def drip() -> Iterator[pb.WriteFileRequest]:
        spec = pb.WriteFileSpec(name=f"{victim.name}/files/slow", size_bytes=6)
        yield pb.WriteFileRequest(spec=spec)
        for _ in range(6):
            time.sleep(IDLE / 4)
            yield pb.WriteFileRequest(data=b"x")

    calls.WriteFile(drip(), timeout=PATIENCE)
    assert victim.read_bytes("slow") == b"x" * 6


def test_downloads_that_nobody_reads(client, calls, told):
    """Asks for files and does not read them: the downloads end, and the session can expire.

    guarantee: G7
    """
    session = client.create_session(idle_timeout=timedelta(seconds=1))
    session.write_bytes(b"x" * 8 * MIB, "big")
    request = pb.ReadFileRequest(name=f"{session.name}/files/big")
    streams = [calls.ReadFile(request) for _ in range(4)]
    codes = set()
    time.sleep(IDLE * 2)
    for stream in streams:
        with pytest.raises(grpc.RpcError) as error:
            list(stream)
        codes.add((error.value.code().name, error.value.details()))
    told(sorted(code for code, _ in codes))
    ((code, text),) = codes
    assert code == "ABORTED"
    assert "its caller did nothing for" in text
    eventually(lambda: session.id not in {one.id for one in client.sessions()}, "it has expired")


def test_more_silent_uploads_than_there_may_be(server, calls, victim, hold, told):
    """Begins more uploads than there may be at once: those that wait longest make room.

    guarantee: G7
    """
    name = f"{victim.name}/files/silent"
    before = len(list(Path(f"/proc/{server.pid}/fd").iterdir()))
    futures = [calls.WriteFile.future(silent(hold, f"{name}{number}", 100, b"x"))
               for number in range(MOST_TRANSFERS + 250)]  # fmt: skip
    time.sleep(1.2)
    for number in range(20):
        victim.write_bytes(b"x", f"other{number}")
    held = len(list(Path(f"/proc/{server.pid}/fd").iterdir())) - before
    assert held < 2 * MOST_TRANSFERS + 100
    assert value(victim, "6 * 7") == "42"
    kinds = {type(error_of(future)).__name__ for future in futures}
    told(sorted(kinds))
    assert kinds <= {"Aborted", "ResourceExhausted"}


@pytest.mark.parametrize("method", ["Execute", "WriteFile", "GetSession"])
def test_halves_of_messages(server, victim, told, method):
    """Begins messages of 8 MiB by the dozen and never ends them: what is held of all is bounded.

    guarantee: G7
    """
    before = memory_peak_bytes(server.pid)
    path = server.address.removeprefix("unix:")
    with_half = []
    for _ in range(6):
        connection = HalfMessages(path, PATIENCE)
        with_half.append(connection)
        with contextlib.suppress(OSError):  # Calls and connections may be ended.
            for _ in range(10):
                connection.begin(f"/carrel.v1.CodeInterpreter/{method}", 8 * MIB - 100, 7 * MIB)
    assert value(victim, "6 * 7") == "42"
    victim.write_bytes(b"x" * MIB, "other")
    assert victim.read_bytes("other") == b"x" * MIB
    told("others were served")
    assert memory_peak_bytes(server.pid) - before < 220 * MIB
    for connection in with_half:
        connection.close()
