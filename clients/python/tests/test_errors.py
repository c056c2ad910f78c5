from datetime import timedelta

import grpc
import pytest

import carrel
from carrel import Client


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, carrel.InvalidArgument),
        (grpc.StatusCode.NOT_FOUND, carrel.NotFound),
        (grpc.StatusCode.ALREADY_EXISTS, carrel.AlreadyExists),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, carrel.ResourceExhausted),
        (grpc.StatusCode.FAILED_PRECONDITION, carrel.FailedPrecondition),
        (grpc.StatusCode.OUT_OF_RANGE, carrel.OutOfRange),
        (grpc.StatusCode.ABORTED, carrel.Aborted),
        (grpc.StatusCode.UNAVAILABLE, carrel.Unavailable),
        (grpc.StatusCode.INTERNAL, carrel.ServerError),
    ],
)
def test_code_becomes_class(client, fake, code, kind):
    fake.error = {"code": code, "message": "it is so"}
    with pytest.raises(kind) as caught:
        client.create_session()
    assert type(caught.value) is kind
    assert str(caught.value) == "it is so"


def test_details_are_decoded(client, fake):
    fake.error = {
        "code": grpc.StatusCode.RESOURCE_EXHAUSTED,
        "message": "10 sessions are open",
        "reason": "TOO_MANY_SESSIONS",
        "retry_seconds": 5,
        "field": "session_id",
    }
    with pytest.raises(carrel.ResourceExhausted) as caught:
        client.create_session()
    assert caught.value.reason == "TOO_MANY_SESSIONS"
    assert caught.value.field == "session_id"
    assert caught.value.metadata == {"field": "session_id"}
    assert caught.value.retry_after == timedelta(seconds=5)


def test_errors_without_retry_info_say_so(client, fake):
    fake.error = {"code": grpc.StatusCode.NOT_FOUND, "message": "no"}
    with pytest.raises(carrel.NotFound) as caught:
        client.session("s9")
    assert caught.value.retry_after is None
    assert caught.value.field is None


def test_stream_errors_are_translated_too(client, fake):
    session = client.session("s1")
    fake.error = {"code": grpc.StatusCode.INVALID_ARGUMENT, "message": "bad", "field": "code"}
    with pytest.raises(carrel.InvalidArgument) as caught:
        session.execute("\0")
    assert caught.value.field == "code"


def test_unreachable_server_is_named(tmp_path):
    target = f"unix:{tmp_path}/nobody.sock"
    with Client(target) as client, pytest.raises(carrel.Unavailable) as caught:
        client.info()
    assert str(caught.value) == f"cannot reach carreld at {target} (No such file or directory)"


def test_target_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("CARREL_ADDRESS", "unix:/run/x.sock")
    assert Client().target == "unix:/run/x.sock"
    assert Client("127.0.0.1:1").target == "127.0.0.1:1"
    monkeypatch.delenv("CARREL_ADDRESS")
    assert Client().target == "127.0.0.1:7411"
