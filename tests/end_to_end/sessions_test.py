"""Opening, finding, changing and ending sessions."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from carrel import AlreadyExists, InvalidArgument, Limits, NotFound, SessionState
from carrel.v1 import code_interpreter_pb2 as pb
from support import error_of, value

INTEGER_LIMITS = [
    field.name for field in pb.Limits.DESCRIPTOR.fields if not field.name.startswith("execution_")
]


def test_new_session_is_idle_in_its_first_generation(session):
    info = session.info
    assert (info.state, info.generation, info.last_loss) == (SessionState.IDLE, 1, None)
    assert info.image == "minimal"
    assert info.pending_execution_count == 0
    assert info.create_time <= info.last_active_time < info.expire_time


def test_new_session_has_the_limits_of_its_image(client, session):
    image = next(item for item in client.info().images if item.name == "minimal")
    assert session.info.limits == image.default_limits


def test_session_without_image_gets_the_default_one(client):
    with client.create_session() as session:
        assert session.info.image == client.info().default_image


def test_server_makes_well_formed_ids_of_its_own(client):
    with client.create_session("minimal") as one, client.create_session("minimal") as two:
        assert re.fullmatch(r"sessions/[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", one.name)
        assert one.name != two.name


@pytest.mark.parametrize("session_id", ["a", "my-session-1", "0" * 63])
def test_chosen_id_is_the_name(client, session_id):
    with client.create_session("minimal", session_id=session_id) as session:
        assert session.name == f"sessions/{session_id}"
        assert client.session(session_id).info.create_time == session.info.create_time


@pytest.mark.parametrize(
    "session_id", ["Upper", "-a", "a-", "a" * 64, "a_b", "ä", "a/b", "..", " ", "a\n"]
)
def test_malformed_id_is_refused(client, session_id):
    with pytest.raises(InvalidArgument) as error:
        client.create_session("minimal", session_id=session_id)
    assert error.value.field == "session_id"


def test_same_id_twice_exists_already(client):
    with client.create_session("minimal", session_id="twice"):
        with pytest.raises(AlreadyExists, match="sessions/twice") as error:
            client.create_session("minimal", session_id="twice")
        assert error.value.reason == "SESSION_EXISTS"
        assert error.value.metadata["resource"] == "sessions/twice"


def test_id_of_deleted_session_can_be_used_again_without_its_past(client):
    with client.create_session("minimal", session_id="phoenix") as first:
        first.write_bytes(b"old", "old.txt")
        first.execute("secret = 1")
    with client.create_session("minimal", session_id="phoenix") as second:
        assert list(second.files()) == []
        assert list(second.executions()) == []
        assert value(second, "'secret' in globals()") == "False"


def test_unknown_image_is_named(client):
    with pytest.raises(NotFound, match="no-such-image") as error:
        client.create_session("no-such-image")
    assert error.value.reason == "IMAGE_NOT_FOUND"


@pytest.mark.parametrize("image", ["x" * 9000, "ä" * 3000])
def test_image_name_longer_than_any_is_refused(client, image):
    with pytest.raises(InvalidArgument) as error:
        client.create_session(image)
    assert error.value.field == "session.image"


@pytest.mark.parametrize("limit", INTEGER_LIMITS)
def test_negative_limit_is_named(client, limit):
    with pytest.raises(InvalidArgument, match="negative") as error:
        client.create_session("minimal", limits=Limits(**{limit: -1}))
    assert error.value.field == f"session.limits.{limit}"


@pytest.mark.parametrize("limit", INTEGER_LIMITS)
def test_oversized_limit_is_named(client, limit):
    most = getattr(client.info().max_limits, limit)
    with pytest.raises(InvalidArgument) as error:
        client.create_session("minimal", limits=Limits(**{limit: most + 1}))
    assert error.value.field == f"session.limits.{limit}"


@pytest.mark.parametrize("seconds", [-1, 10**9])
def test_execution_timeout_out_of_bounds_is_named(client, seconds):
    with pytest.raises(InvalidArgument) as error:
        limits = Limits(execution_timeout=timedelta(seconds=seconds))
        client.create_session("minimal", limits=limits)
    assert error.value.field == "session.limits.execution_timeout"


def test_limits_in_force_are_told(client):
    wanted = Limits(memory_bytes=200 << 20, execution_timeout=timedelta(seconds=7), cpu_count=1)
    with client.create_session("minimal", limits=wanted) as session:
        told = client.session(session.id).info.limits
        assert told.memory_bytes == 200 << 20
        assert told.execution_timeout == timedelta(seconds=7)
        assert told.process_count == 64, "of the image, where the caller says nothing"


@pytest.mark.parametrize(
    "labels",
    [
        {"Upper": "x"},
        {"": "x"},
        {"1a": "x"},
        {"a b": "x"},
        {"key": "x" * 64},
        {"k" * 64: "x"},
        {f"k{number}": "x" for number in range(65)},
    ],
)
def test_malformed_labels_are_named(client, labels):
    with pytest.raises(InvalidArgument) as error:
        client.create_session("minimal", labels=labels)
    assert error.value.field.startswith("session.labels")


def test_environment_reaches_the_code(client):
    with client.create_session("minimal", env={"GREETING": "grüß dich"}) as session:
        assert value(session, "__import__('os').environ['GREETING']") == "grüß dich"
        assert session.execute("!echo $GREETING").stdout == "grüß dich\n"


@pytest.mark.parametrize("name", ["HOME", "LD_PRELOAD", "PYTHONPATH", "1X", "", "A B", "A=B"])
def test_environment_that_could_change_the_interpreter_is_refused(client, name):
    with pytest.raises(InvalidArgument) as error:
        client.create_session("minimal", env={name: "x"})
    assert error.value.field.startswith("session.env")


def test_negative_idle_timeout_is_named(client):
    with pytest.raises(InvalidArgument) as error:
        client.create_session("minimal", idle_timeout=timedelta(seconds=-1))
    assert error.value.field == "session.idle_timeout"


def test_update_changes_what_the_mask_names_and_nothing_else(client):
    with client.create_session("minimal", labels={"a": "1"}) as session:
        info = session.update(idle_timeout=timedelta(minutes=5))
        assert (info.labels, info.idle_timeout) == ({"a": "1"}, timedelta(minutes=5))
        info = session.update(labels={"b": "2"}, limits=Limits(output_bytes=5000))
        assert (info.labels, info.idle_timeout) == ({"b": "2"}, timedelta(minutes=5))
        assert session.refresh().limits.output_bytes == 5000


@pytest.mark.parametrize(
    "paths", [[], ["limits.memory_bytes"], ["image"], ["labels", "env"], ["nonsense"], ["limits"]]
)
def test_update_refuses_what_cannot_change(stub, session, paths):
    request = pb.UpdateSessionRequest(session=pb.Session(name=session.name))
    request.update_mask.paths.extend(paths)
    error = error_of(stub.UpdateSession, request)
    assert isinstance(error, InvalidArgument)
    assert error.field == "update_mask"


def test_deleted_session_is_gone(client):
    session = client.create_session("minimal")
    session.delete()
    for call in (session.refresh, session.delete, lambda: session.execute("1")):
        with pytest.raises(NotFound, match=session.name) as error:
            call()
        assert error.value.reason == "SESSION_NOT_FOUND"
        assert error.value.metadata["resource"] == session.name
    assert session.name not in [other.name for other in client.sessions()]


def test_deleting_ends_the_running_cell_and_its_stream(client):
    session = client.create_session("minimal")
    stream = session.stream("import time\nwhile True: time.sleep(0.01)")
    next(stream)
    session.delete()
    *_, last = stream
    assert last.execution.cause == "SESSION_DELETED"
    assert last.execution.state == "CANCELLED"
