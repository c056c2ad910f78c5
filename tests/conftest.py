"""Fixtures: real carrelds of this checkout, and sessions on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from carrel import Client, Session
from carrel.testing import LocalServer
from carrel.v1 import code_interpreter_pb2_grpc as pb_grpc
from lanes.lane import LANE
from support import local_server


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips tests that inspect things which the isolation mode of this run does not have."""
    for marker in item.iter_markers("lanes"):
        if LANE not in marker.args:
            pytest.skip(f"only in these lanes: {', '.join(marker.args)}")


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    """A server of both images. It is patient: nothing that can be interrupted is killed."""
    with local_server(interrupt_grace_period={"seconds": 60}) as started:
        yield started


@pytest.fixture(scope="session")
def client(server: LocalServer) -> Iterator[Client]:
    with Client(server.address) as connected:
        yield connected


@pytest.fixture(scope="session")
def channel(server: LocalServer) -> Iterator[grpc.Channel]:
    options = (("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", 64 << 20))
    with grpc.insecure_channel(server.address, options=options) as opened:
        yield opened


@pytest.fixture(scope="session")
def stub(channel: grpc.Channel) -> Any:
    """A stub for requests that the client would not send."""
    return pb_grpc.CodeInterpreterStub(channel)


@pytest.fixture
def session(client: Client) -> Iterator[Session]:
    with client.create_session("minimal") as opened:
        yield opened


@pytest.fixture
def neighbour(client: Client) -> Iterator[Session]:
    """Another session of the same server."""
    with client.create_session("minimal") as opened:
        yield opened


@pytest.fixture
def science(client: Client) -> Iterator[Session]:
    with client.create_session("data-science") as opened:
        yield opened


@pytest.fixture(scope="session")
def strict_server() -> Iterator[LocalServer]:
    """A server of the minimal image with small limits and a very short interrupt grace period."""
    config = {"max_session_count": 3, "max_queue_length": 2, "max_history_length": 5}
    with local_server(
        images=["minimal"], interrupt_grace_period={"nanos": 200_000_000}, **config
    ) as started:
        yield started


@pytest.fixture
def strict_client(strict_server: LocalServer) -> Iterator[Client]:
    with Client(strict_server.address) as connected:
        yield connected
        for left in list(connected.sessions()):
            left.delete()


@pytest.fixture
def strict_session(strict_client: Client) -> Iterator[Session]:
    with strict_client.create_session() as opened:
        yield opened
