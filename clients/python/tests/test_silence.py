"""Tests with a listener that never answers: every call ends in time, with a useful error."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from carrel import CarrelError, Client, Session, Unavailable, _convert
from carrel.v1 import code_interpreter_pb2 as pb
from fake_server import STARTED, finished, printed

NAME = "sessions/s1/executions/e1"
CALLS: dict[str, Callable[[Session], object]] = {
    "execute": lambda session: session.execute("1", execution_id="e1"),
    "watch": lambda session: session.watch("e1").result(),
    "read": lambda session: session.read_bytes("file"),
    "write": lambda session: session.write_bytes(bytes(100_000), "file"),
}


@pytest.fixture
def black_hole() -> Iterator[str]:
    """Yields the address of a listener that accepts no connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def error_of(call: Callable[[Session], object], address: str) -> CarrelError:
    with Client(address, rpc_timeout=1) as client, pytest.raises(CarrelError) as caught:
        call(Session(client._connection, _convert.session(pb.Session(name="sessions/s1"))))
    return caught.value


def test_calls_to_a_listener_that_never_answers_end(black_hole):
    started = time.monotonic()
    with ThreadPoolExecutor(len(CALLS)) as pool:
        caught = pool.map(lambda call: error_of(call, black_hole), CALLS.values())
        errors = dict(zip(CALLS, caught, strict=True))
    assert time.monotonic() - started < 30
    assert {type(error) for error in errors.values()} == {Unavailable}
    assert {name: error.execution for name, error in errors.items()} == {
        "execute": NAME,
        "watch": NAME,
        "read": None,
        "write": None,
    }
    assert f"; {NAME} may run on, and can be watched" in str(errors["execute"])
    assert "may run on" not in str(errors["read"])


def test_silent_cell_of_a_server_that_answers_goes_on(fake):
    fake.before_end = lambda: time.sleep(8)
    with Client(fake.address, rpc_timeout=1) as client:
        assert client.session("s1").execute("time.sleep(8)").succeeded
    asked = [type(request).__name__ for request in fake.requests]
    assert asked[:2] == ["GetSessionRequest", "ExecuteRequest"]
    assert set(asked[2:]) == {"GetServerInfoRequest"}


def test_error_that_the_server_explains_names_the_execution_apart(client, fake):
    session = client.session("s1")
    fake.events = []
    with pytest.raises(CarrelError) as caught:
        session.execute("1", execution_id="e1")
    assert caught.value.execution == NAME


def test_result_of_a_stream_has_what_was_read_before(client, fake):
    fake.events = [STARTED, printed(b"a"), printed(b"b", 1), finished()]
    stream = client.session("s1").stream("print('a'); print('b')")
    assert [next(stream).sequence for _ in range(2)] == [1, 2]
    assert stream.result().stdout == "ab"
    assert stream.result().succeeded


def test_result_of_a_watch_is_that_of_the_execution(client, fake):
    fake.events = [STARTED, printed(b"a"), printed(b"b", 1), finished()]
    session = client.session("s1")
    assert session.watch("e1").result() == session.execute("print('ab', end='')")
    assert session.watch("e1", start_sequence=3).result().execution.succeeded
