"""gRPC's own errors have no ErrorInfo, as docs/api.md says; Carrel's errors have one."""

from __future__ import annotations

from collections.abc import Callable

import grpc
import pytest
from carrel.v1 import code_interpreter_pb2 as pb
from carrel.v1 import code_interpreter_pb2_grpc as pb_grpc
from grpc_status import rpc_status
from support import PATIENCE

SERVICE = "/carrel.v1.CodeInterpreter/"


def error_of(call: Callable[[], object]) -> grpc.Call:
    with pytest.raises(grpc.RpcError) as caught:
        call()
    assert isinstance(caught.value, grpc.Call)
    return caught.value


@pytest.mark.parametrize(
    ("method", "request_bytes", "code"),
    [
        ("NoSuchMethod", b"", grpc.StatusCode.UNIMPLEMENTED),
        ("GetSession", bytes((8 << 20) + 1), grpc.StatusCode.RESOURCE_EXHAUSTED),
    ],
    ids=["no such method", "message too large"],
)
def test_answer_of_grpc_has_a_code_alone(channel, method, request_bytes, code):
    error = error_of(lambda: channel.unary_unary(SERVICE + method)(request_bytes, timeout=PATIENCE))
    assert error.code() is code
    assert rpc_status.from_call(error) is None


def test_bytes_that_are_no_message_are_refused_by_carrel(channel):
    call = channel.unary_unary(SERVICE + "GetSession")
    error = error_of(lambda: call(b"\xff\xff\xff", timeout=PATIENCE))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert rpc_status.from_call(error) is not None


def test_deadline_has_a_code_alone(stub, session):
    request = pb.ExecuteRequest(session=session.name, code="while True: pass")
    error = error_of(lambda: list(stub.Execute(request, timeout=1)))
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert rpc_status.from_call(error) is None


def test_pings_far_too_often_end_the_stream_with_a_code_alone(server, session):
    options = (
        ("grpc.enable_http_proxy", 0),
        ("grpc.keepalive_time_ms", 500),
        ("grpc.http2.max_pings_without_data", 0),
    )
    request = pb.ExecuteRequest(session=session.name, code="import time; time.sleep(60)")
    with grpc.insecure_channel(server.address, options=options) as opened:
        call = pb_grpc.CodeInterpreterStub(opened).Execute
        error = error_of(lambda: list(call(request, timeout=PATIENCE)))
    # The code depends on whether gRPC reads the reason or the end of the connection first.
    codes = (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE)
    assert error.code() in codes
    assert "too many pings" in error.details().lower().replace("_", " ")
    assert rpc_status.from_call(error) is None
