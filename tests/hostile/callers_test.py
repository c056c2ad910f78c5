"""Hostile callers: what they send is refused or bounded, and the service and other sessions go on.

These attacks are RPCs, not cells, so each is a test. Its first sentence says what it tries.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from carrel import CarrelError, Client, Limits
from carrel.errors import from_rpc_error
from carrel.v1 import code_interpreter_pb2 as pb
from carrel.v1 import code_interpreter_pb2_grpc as pb_grpc
from support import PATIENCE, error_of, eventually, memory_peak_bytes, run, value

SERVICE = "/carrel.v1.CodeInterpreter/"
METHODS = [method.name for method in pb.DESCRIPTOR.services_by_name["CodeInterpreter"].methods]
MIB = 1 << 20


@pytest.fixture
def raw(target) -> Iterator[grpc.Channel]:
    """A channel of its own to the server under attack, without the client's checks."""
    options = (("grpc.enable_http_proxy", 0), ("grpc.max_send_message_length", 256 * MIB))
    with grpc.insecure_channel(target.server.address, options=options) as channel:
        yield channel


@pytest.fixture
def calls(raw) -> Any:
    return pb_grpc.CodeInterpreterStub(raw)


@pytest.fixture
def victim(target):
    """A session that callers attack."""
    with target.client.create_session(limits=Limits(workspace_bytes=4 * MIB)) as session:
        yield session


def answers(errors: list[CarrelError | None]) -> list[str]:
    """Returns the kinds of answers, each once."""
    return sorted({type(error).__name__ if error else "OK" for error in errors})


def send_bytes(channel: grpc.Channel, method: str, data: bytes) -> str:
    """Returns the code with which a method answers bytes that may be no message."""
    kind = {"Execute": "us", "WatchExecution": "us", "ReadFile": "us", "WriteFile": "su"}
    arguments: dict[str, Any] = {"request_serializer": None, "response_deserializer": None}
    try:
        match kind.get(method, "uu"):
            case "us":
                list(channel.unary_stream(SERVICE + method, **arguments)(data, timeout=PATIENCE))
            case "su":
                channel.stream_unary(SERVICE + method, **arguments)(iter([data]), timeout=PATIENCE)
            case _:
                channel.unary_unary(SERVICE + method, **arguments)(data, timeout=PATIENCE)
    except grpc.RpcError as error:
        return str(error.code().name)
    return "OK"


BAD_NAMES = (
    "",
    "sessions",
    "sessions/",
    "sessions/..",
    "sessions/../../etc",
    "sessions/.",
    "sessions/A",
    "sessions/a b",
    "sessions/a\0b",
    "sessions/" + "a" * 64,
    "sessions/a/../b",
    "/sessions/a",
    "sessions//a",
    "sessions/-a",
    "sessions/a\n",
    "sessions/ä",
    "sessions/%2e%2e",
    "sessions/a.b",
    "s" * 100_000,
)


def test_malformed_names(target, calls, told):
    """Names sessions by paths, odd characters and a hundred thousand letters.

    guarantee: G1 G9
    """
    errors = []
    for name in BAD_NAMES:
        errors.append(error_of(calls.GetSession, pb.GetSessionRequest(name=name)))
        errors.append(error_of(calls.DeleteSession, pb.DeleteSessionRequest(name=name)))
        errors.append(error_of(calls.ListFiles, pb.ListFilesRequest(parent=name)))
        errors.append(error_of(calls.ReadFile, pb.ReadFileRequest(name=f"{name}/files/x")))
    told(answers(errors))
    assert answers(errors) == ["InvalidArgument"]
    target.check_alive()


def test_names_of_other_sessions(target, calls, victim, told):
    """Reaches another session's files and executions through a name that starts with its own.

    guarantee: G9
    """
    other = target.neighbour.id
    paths = [
        f"../../{other}/files/neighbour.txt",
        f"../{other}/files/neighbour.txt",
        "a/../../x",
        "/etc/passwd",
        "./x",
        "a//b",
        "..",
        "",
    ]
    errors = []
    for path in paths:
        name = f"{victim.name}/files/{path}"
        errors += [
            error_of(calls.ReadFile, pb.ReadFileRequest(name=name)),
            error_of(calls.GetFile, pb.GetFileRequest(name=name)),
            error_of(calls.DeleteFile, pb.DeleteFileRequest(name=name)),
            error_of(
                calls.WriteFile,
                iter([pb.WriteFileRequest(spec=pb.WriteFileSpec(name=name, size_unknown=True))]),
            ),
        ]
        image = f"{victim.name}/executions/e/images/{path}"
        errors.append(error_of(calls.ReadFile, pb.ReadFileRequest(name=image)))
        request = pb.GetExecutionRequest(name=f"{victim.name}/executions/{path}")
        errors.append(error_of(calls.GetExecution, request))
    told(answers(errors))
    assert set(answers(errors)) <= {"InvalidArgument", "NotFound"}
    target.check_alive()


@pytest.mark.parametrize("number", [-1, -(2**31), 2**62, -(2**63)])
def test_absurd_limits(target, calls, told, number):
    """Asks for limits that are negative, or larger than the machine.

    guarantee: G7
    """
    errors = []
    for field in pb.Limits.DESCRIPTOR.fields:
        request = pb.CreateSessionRequest()
        limits = request.session.limits
        if field.message_type:  # a Duration
            getattr(limits, field.name).seconds = max(min(number, 10**11), -(10**11))
        elif field.type == field.TYPE_INT32:
            setattr(limits, field.name, max(min(number, 2**31 - 1), -(2**31)))
        else:
            setattr(limits, field.name, number)
        errors.append(error_of(calls.CreateSession, request))
    told(answers(errors))
    assert answers(errors) == ["InvalidArgument"]
    assert len(list(target.client.sessions())) == 1
    target.check_alive()


def test_environment_that_takes_over(target, calls, told):
    """Gives sessions environment variables that load libraries, and names that are none.

    guarantee: G6
    """
    names = [
        "LD_PRELOAD",
        "LD_AUDIT",
        "LD_LIBRARY_PATH",
        "PYTHONSTARTUP",
        "PYTHONPATH",
        "PYTHONHOME",
        "HOME",
        "",
        "A=B",
        "A\0B",
        "1A",
        "A B",
        "Ä",
    ]
    errors = []
    for name in names:
        request = pb.CreateSessionRequest()
        request.session.env[name] = "/mnt/data/library.so"
        errors.append(error_of(calls.CreateSession, request))
    request = pb.CreateSessionRequest()
    for number in range(100):
        request.session.env[f"A{number}"] = "x"
    errors.append(error_of(calls.CreateSession, request))
    told(answers(errors))
    assert answers(errors) == ["InvalidArgument"]
    target.check_alive()


def test_labels_and_ids_without_end(target, calls, told):
    """Labels sessions with megabytes, and names them with what no name is.

    guarantee: G7
    """
    errors = []
    for session_id in ("..", "A", "a/b", "a" * 64, "-", "a\n", "ä", "x" * MIB):
        errors.append(error_of(calls.CreateSession, pb.CreateSessionRequest(session_id=session_id)))
    for key, text in (("x" * 1000, "y"), ("x", "y" * 1000), ("", "y"), ("X", "y")):
        request = pb.CreateSessionRequest()
        request.session.labels[key] = text
        errors.append(error_of(calls.CreateSession, request))
    request = pb.CreateSessionRequest()
    for number in range(1000):
        request.session.labels[f"x{number}"] = "y"
    errors.append(error_of(calls.CreateSession, request))
    told(answers(errors))
    assert answers(errors) == ["InvalidArgument"]
    target.check_alive()


def test_gigantic_code(target, calls, victim, told):
    """Sends cells of a megabyte, and messages of 100.

    guarantee: G7
    """
    before = memory_peak_bytes(target.server.pid)
    errors = []
    for size in (513 << 10, 2 * MIB, 100 * MIB):
        request = pb.ExecuteRequest(session=victim.name, code="#" * size)
        errors.append(error_of(calls.Execute, request))
    told(answers(errors))
    assert set(answers(errors)) <= {"InvalidArgument", "ResourceExhausted"}
    assert memory_peak_bytes(target.server.pid) - before < 250 * MIB
    assert value(victim, "6 * 7") == "42"


@pytest.mark.parametrize("method", METHODS)
def test_bytes_that_are_no_message(target, raw, told, method):
    """Sends bytes that are no message, no UTF-8, nested too deeply, or nothing.

    guarantee: G7
    """
    chooser = random.Random(method)
    deep = b""
    for _ in range(200):
        deep = b"\x0a" + bytes([len(deep) & 0x7F]) + deep[:127]
    payloads = [
        b"",
        b"\xff" * 100,
        b"\x0a\x04\xff\xfe\xfd\xfc",
        b"\x0a\xff\xff\xff\xff\x0f",
        deep,
        b"\x0b" * 1000,
        b"\x0a\x0a" + b"sessions/\xff",
        chooser.randbytes(10_000),
    ]
    codes = {send_bytes(raw, method, data) for data in payloads}
    harmless = {"INVALID_ARGUMENT", "NOT_FOUND"}
    if method in ("CreateSession", "ListSessions", "GetServerInfo"):
        harmless.add("OK")  # an empty message asks for nothing special
    told(sorted(codes))
    assert codes <= harmless
    for session in list(target.client.sessions()):
        if session.id != target.neighbour.id:
            session.delete()
    target.check_alive()


def test_methods_that_are_none(target, raw, told):
    """Calls methods and services that there are not.

    guarantee: G7
    """
    codes = set()
    for path in (
        "/x/y",
        SERVICE + "Nothing",
        "/",
        "/grpc.health.v1.Health/Nothing",
        SERVICE + "../x",
    ):
        call = raw.unary_unary(path, request_serializer=None, response_deserializer=None)
        with pytest.raises(grpc.RpcError) as error:
            call(b"", timeout=PATIENCE)
        codes.add(error.value.code().name)
    told(sorted(codes))
    assert codes == {"UNIMPLEMENTED"}
    target.check_alive()


def test_ten_thousand_sessions_at_once(strict_server, strict_client, told):
    """Opens 10,000 sessions at once, where 3 may be.

    guarantee: G7
    """
    with grpc.insecure_channel(strict_server.address) as channel:
        stub = pb_grpc.CodeInterpreterStub(channel)
        before = memory_peak_bytes(strict_server.pid)
        codes = set()
        opened = 0
        for _ in range(20):
            futures = [stub.CreateSession.future(pb.CreateSessionRequest()) for _ in range(500)]
            for future in futures:
                error = future.exception(timeout=PATIENCE)
                opened += error is None
                if error is not None:
                    codes.add(error.code().name)
    told({"opened": opened, "others": sorted(codes)})
    assert opened == 3
    assert codes == {"RESOURCE_EXHAUSTED"}
    assert memory_peak_bytes(strict_server.pid) - before < 300 * MIB
    for session in list(strict_client.sessions()):
        session.delete()
    with strict_client.create_session() as session:
        assert value(session, "6 * 7") == "42"


def test_a_thousand_cells_at_once(target, calls, victim, told):
    """Sends one session a thousand cells at once, where 16 may wait.

    guarantee: G7
    """
    request = pb.ExecuteRequest(session=victim.name, code="import time; time.sleep(0.05)")
    streams = [calls.Execute(request, timeout=PATIENCE) for _ in range(1000)]
    codes = []
    for stream in streams:
        try:
            list(stream)
            codes.append("OK")
        except grpc.RpcError as error:
            codes.append(error.code().name)
    told(sorted(set(codes)))
    assert set(codes) == {"OK", "RESOURCE_EXHAUSTED"}
    assert value(victim, "6 * 7") == "42"
    target.check_alive()


def test_slow_readers(target, calls, victim, told):
    """Starts cells that print megabytes, and never reads what they print.

    guarantee: G7
    """
    before = memory_peak_bytes(target.server.pid)
    code = "for _ in range(2000): print('x' * 10_000)"
    streams = []
    for _ in range(8):
        stream = calls.Execute(pb.ExecuteRequest(session=victim.name, code=code), timeout=PATIENCE)
        next(iter(stream))
        streams.append(stream)
        for _ in range(10):
            name = next(victim.executions()).name
            streams.append(calls.WatchExecution(pb.WatchExecutionRequest(name=name)))
    target.check_alive()
    assert value(victim, "6 * 7") == "42"
    for stream in streams:
        stream.cancel()
    told("the cells ended, nobody waited")
    assert memory_peak_bytes(target.server.pid) - before < 300 * MIB


def test_replayed_ids(target, calls, victim, told):
    """Says again what was said before: ids of executions that run, have ended, and are another's.

    guarantee: G9
    """
    request = pb.ExecuteRequest(session=victim.name, code="print('once')", execution_id="again")
    list(calls.Execute(request, timeout=PATIENCE))
    errors = [error_of(calls.Execute, request) for _ in range(3)]
    running = pb.ExecuteRequest(session=victim.name, code="import time; time.sleep(1)",
                                execution_id="running")  # fmt: skip
    stream = calls.Execute(running, timeout=PATIENCE)
    next(iter(stream))
    errors.append(error_of(calls.Execute, running))
    list(stream)
    other = f"{target.neighbour.name}/executions/again"
    for call, kind in ((calls.GetExecution, pb.GetExecutionRequest),
                       (calls.WatchExecution, pb.WatchExecutionRequest),
                       (calls.CancelExecution, pb.CancelExecutionRequest)):  # fmt: skip
        errors.append(error_of(call, kind(name=other)))
    told(answers(errors))
    assert answers(errors) == ["AlreadyExists", "NotFound"]
    names = [one.name.rpartition("/")[2] for one in victim.executions()]
    assert names == ["again", "running"]
    # A session of the same name later has nothing of the one before.
    with target.client.create_session(session_id="same-name") as first:
        run(first, "x = 1", execution_id="again")
    with target.client.create_session(session_id="same-name") as second:
        assert list(second.executions()) == []
        assert run(second, "print('x' in globals())", execution_id="again").stdout == "False\n"
    target.check_alive()


def test_abandoned_streams(target, calls, victim, told):
    """Starts cells and watchers, and leaves at once, by the hundred.

    guarantee: G7
    """
    for number in range(100):
        request = pb.ExecuteRequest(session=victim.name, code="1", execution_id=f"left-{number}")
        stream = calls.Execute(request)
        watcher = calls.WatchExecution(
            pb.WatchExecutionRequest(name=f"{victim.name}/executions/left-{number}")
        )
        if number % 2:
            time.sleep(0.002)
        stream.cancel()
        watcher.cancel()
    eventually(lambda: victim.refresh().pending_execution_count == 0, "all cells have ended")
    told("the cells ended by themselves")
    assert value(victim, "6 * 7") == "42"
    target.check_alive()


def test_upload_that_never_ends(target, calls, victim, told):
    """Uploads without end, without a size: the workspace's quota ends it.

    guarantee: G7
    """

    def endless(name: str) -> Iterator[pb.WriteFileRequest]:
        yield pb.WriteFileRequest(spec=pb.WriteFileSpec(name=name, size_unknown=True))
        for _ in itertools.count():
            yield pb.WriteFileRequest(data=b"x" * 65536)

    error = error_of(calls.WriteFile, endless(f"{victim.name}/files/endless"))
    told(answers([error]))
    assert answers([error]) == ["ResourceExhausted"]
    assert list(victim.files()) == []
    target.check_alive()


def test_uploads_that_stall(target, calls, victim, told):
    """Starts uploads by the dozen that say nothing more, and goes on with others.

    guarantee: G7
    """
    hold = threading.Event()

    def stalled(name: str) -> Iterator[pb.WriteFileRequest]:
        yield pb.WriteFileRequest(spec=pb.WriteFileSpec(name=name, size_bytes=MIB))
        yield pb.WriteFileRequest(data=b"x")
        hold.wait(PATIENCE)

    futures = [
        calls.WriteFile.future(stalled(f"{victim.name}/files/stalled{number}"))
        for number in range(40)
    ]
    try:
        victim.write_bytes(b"other", "other")
        assert victim.read_bytes("other") == b"other"
        assert value(victim, "6 * 7") == "42"
        target.check_alive()
    finally:
        for future in futures:
            future.cancel()
        hold.set()
    told("others were served")
    assert [file.path for file in victim.files()] == ["other"]


def test_uploads_with_wrong_sizes(target, calls, victim, told):
    """Announces sizes that are negative or larger than disks, false digests, and data first.

    guarantee: G7
    """
    name = f"{victim.name}/files/x"
    specs = [
        pb.WriteFileSpec(name=name, size_bytes=-1),
        pb.WriteFileSpec(name=name, size_bytes=2**63 - 1),
        pb.WriteFileSpec(name=name, size_bytes=1, sha256="x"),
        pb.WriteFileSpec(name=name, size_bytes=1, sha256="../" * 1000),
    ]
    errors = [error_of(calls.WriteFile, iter([pb.WriteFileRequest(spec=spec)])) for spec in specs]
    errors.append(error_of(calls.WriteFile, iter([pb.WriteFileRequest(data=b"x" * MIB)])))
    twice = [pb.WriteFileRequest(spec=pb.WriteFileSpec(name=name, size_bytes=1))] * 2
    errors.append(error_of(calls.WriteFile, iter(twice)))
    told(answers(errors))
    assert set(answers(errors)) <= {"InvalidArgument", "ResourceExhausted"}
    assert list(victim.files()) == []
    target.check_alive()


def test_ranges_that_cannot_be(target, calls, victim, told):
    """Reads from beyond files, by negative and overflowing ranges, and watches from absurd places.

    guarantee: G7
    """
    victim.write_bytes(b"1234", "f")
    done = run(victim, "1").execution.name
    ranges = [(-1, 0), (0, -1), (2**63 - 1, 2**63 - 1), (5, 0), (-(2**63), -(2**63))]
    errors = [
        error_of(
            calls.ReadFile,
            pb.ReadFileRequest(
                name=f"{victim.name}/files/f", offset_bytes=offset, limit_bytes=limit
            ),
        )
        for offset, limit in ranges
    ]
    errors.append(
        error_of(calls.WatchExecution, pb.WatchExecutionRequest(name=done, start_sequence=-1))
    )
    told(answers(errors))
    assert set(answers(errors)) <= {"InvalidArgument", "OutOfRange"}
    assert victim.read_bytes("f", offset=2, limit=2**62) == b"34"
    target.check_alive()


def test_pages_and_filters_that_cannot_be(target, calls, victim, told):
    """Lists with forged tokens, huge pages and filters that nest without end.

    guarantee: G7 G9
    """
    errors = []
    for token in ("x", "\0", "a" * 100_000, "AAAA", "../.."):
        errors.append(error_of(calls.ListSessions, pb.ListSessionsRequest(page_token=token)))
        request = pb.ListFilesRequest(parent=victim.name, page_token=token)
        errors.append(error_of(calls.ListFiles, request))
    for text in ('labels.x = "y" AND ' * 10_000, "(" * 100_000, "labels." * 1000, '"' * 999):
        errors.append(error_of(calls.ListSessions, pb.ListSessionsRequest(filter=text)))
    for size in (-1, -(2**31)):
        errors.append(error_of(calls.ListSessions, pb.ListSessionsRequest(page_size=size)))
    told(answers(errors))
    assert answers(errors) == ["InvalidArgument"]
    assert len(calls.ListSessions(pb.ListSessionsRequest(page_size=2**31 - 1)).sessions) == 2
    target.check_alive()


def test_deleting_in_the_middle_of_everything(target, calls, told):
    """Deletes a session from twenty callers at once, while others run cells, upload, read and list.

    guarantee: G7 G8
    """
    session = target.client.create_session()
    session.write_bytes(b"x" * MIB, "f")
    stop = threading.Event()

    def again(call: Callable[[], object]) -> set[str]:
        codes = set()
        while not stop.is_set():
            try:
                call()
            except CarrelError as error:
                codes.add(type(error).__name__)
            except grpc.RpcError as error:
                codes.add(type(from_rpc_error(error, "")).__name__)
        return codes

    work = [
        lambda: session.execute("print(1)"),
        lambda: session.write_bytes(b"y" * MIB, "f"),
        lambda: session.read_bytes("f"),
        lambda: list(session.files()),
        lambda: list(session.executions()),
    ]
    with ThreadPoolExecutor(30) as pool:
        running = [pool.submit(again, call) for call in work]
        time.sleep(0.3)
        deletes = [pool.submit(error_or_none, session.delete) for _ in range(20)]
        ends = answers([delete.result(PATIENCE) for delete in deletes])
        stop.set()
        codes = set().union(*(item.result(PATIENCE) for item in running))
    told({"deletes": [end for end in ends if end == "OK"], "others": "NotFound" if codes else ""})
    assert "OK" in ends
    assert "ServerError" not in codes | set(ends)
    assert not target.folder_of(session).exists()
    target.check_alive()


def error_or_none(call: Callable[[], object]) -> CarrelError | None:
    """Returns the error of a call, or None if it succeeds."""
    try:
        call()
    except CarrelError as error:
        return error
    return None


def test_connections_that_say_nothing(target, told):
    """Opens connections by the hundred that say nothing, garbage, or half of a greeting.

    guarantee: G7
    """
    path = target.server.address.removeprefix("unix:")
    greetings = [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff" * 1000,
        b"PRI * HTTP/2.0\r\n\r\nSM",
        b"\0" * 9,
    ]
    held = []
    for number in range(200):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(path)
        with contextlib.suppress(OSError):
            connection.send(greetings[number % len(greetings)])
        held.append(connection)
    target.check_alive()
    with Client(target.server.address) as another:
        assert another.info().images
    for connection in held:
        connection.close()
    told("others were served")


def test_frames_of_a_broken_client(target, told):
    """Speaks HTTP/2 badly: wrong sizes, no headers, settings and resets by the thousand.

    guarantee: G7
    """
    path = target.server.address.removeprefix("unix:")
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
    bad = [
        b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",
        b"\0\0\4\3\0\0\0\0\1\0\0\0\0" * 5000,
        b"\0\0\0\4\0\0\0\0\0" * 5000,
        b"\0\0\x08\6\0\0\0\0\0" + b"x" * 8,
        b"\0\0\1\1\0\0\0\0\1\xff",
        b"\0\0\4\x08\0\0\0\0\0\x7f\xff\xff\xff" * 3,
    ]
    for data in bad:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(path)
            try:
                connection.sendall(preface + data)
                connection.recv(4096)
            except OSError:
                continue
    target.check_alive()
    told("others were served")
