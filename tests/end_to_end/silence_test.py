"""A silent stream continues while the server lives, and ends when the server hangs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from carrel import CarrelError, Client, Unavailable
from carrel.v1 import code_interpreter_pb2 as pb
from carrel.v1 import code_interpreter_pb2_grpc as pb_grpc
from support import PATIENCE, local_server, read_until_stdout, wait_for

# The interval at which callers may ping, according to docs/api.md.
PING_INTERVAL_MS = 5_000


def error_of(call: Callable[[], object]) -> CarrelError:
    with pytest.raises(CarrelError) as caught:
        call()
    return caught.value


def test_server_that_stands_still_ends_every_call_and_the_cell_can_be_watched():
    with (
        local_server(images=["minimal"]) as server,
        Client(server.address, rpc_timeout=1) as client,
        client.create_session("minimal") as session,
    ):
        session.write_bytes(bytes(1 << 20), "file")
        stream = session.stream("print('ready')\n" + wait_for("go") + "print('done')\n5")
        read_until_stdout(stream, "ready\n")
        calls = (
            stream.result,
            lambda: session.execute("1"),
            lambda: session.read_bytes("file"),
            lambda: session.write_bytes(bytes(32 << 20), "large"),
        )
        os.kill(server.pid, signal.SIGSTOP)
        try:
            started = time.monotonic()
            with ThreadPoolExecutor(len(calls)) as pool:
                errors = list(pool.map(error_of, calls))
            assert time.monotonic() - started < PATIENCE
        finally:
            os.kill(server.pid, signal.SIGCONT)
        assert {type(error) for error in errors} == {Unavailable}
        assert errors[0].execution == stream.execution
        assert stream.execution in str(errors[0])
        session.write_bytes(b"", "go")
        result = session.watch(errors[0].execution).result()
        assert (result.stdout, result.text) == ("ready\ndone\n", "5")


def test_silent_cell_bears_pings_of_the_interval_that_the_docs_name(server, session):
    options = (
        ("grpc.enable_http_proxy", 0),
        ("grpc.keepalive_time_ms", PING_INTERVAL_MS),
        ("grpc.keepalive_timeout_ms", int(PATIENCE * 1000)),
        ("grpc.http2.max_pings_without_data", 0),
    )
    # gRPC forgives two pings that come too soon, so the fourth shows that none did.
    request = pb.ExecuteRequest(session=session.name, code="import time; time.sleep(21); 1")
    with grpc.insecure_channel(server.address, options=options) as channel:
        stub = pb_grpc.CodeInterpreterStub(channel)
        events = [event.WhichOneof("event") for event in stub.Execute(request, timeout=PATIENCE)]
    assert events == ["started", "result", "finished"]
