"""Fixtures: a scripted CodeInterpreter, served by real gRPC in this process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from carrel import Client
from carrel.v1 import code_interpreter_pb2_grpc as pb_grpc
from fake_server import FakeInterpreter


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeInterpreter]:
    """Serves a FakeInterpreter on a unix socket, `fake.address`."""
    servicer = FakeInterpreter(f"unix:{tmp_path}/fake.sock")
    server = grpc.server(ThreadPoolExecutor(max_workers=8))
    pb_grpc.add_CodeInterpreterServicer_to_server(servicer, server)
    assert server.add_insecure_port(servicer.address)
    server.start()
    yield servicer
    server.stop(grace=None).wait()


@pytest.fixture
def client(fake: FakeInterpreter) -> Iterator[Client]:
    with Client(fake.address) as connected:
        yield connected
