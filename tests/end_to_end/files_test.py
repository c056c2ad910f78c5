"""Files: transfers both ways, ranges, directories, quotas, and hostile workspaces."""

from __future__ import annotations

import hashlib
import os
import threading

import pytest
from carrel import (
    Aborted,
    InvalidArgument,
    Limits,
    NotFound,
    OutOfRange,
    ResourceExhausted,
)
from carrel.v1 import code_interpreter_pb2 as pb
from support import error_of, eventually, memory_peak_bytes, run, session_folders, value

MIB = 1 << 20


def paths(session):
    return [file.path for file in session.files()]


def write_requests(name, chunks, **spec):
    yield pb.WriteFileRequest(spec=pb.WriteFileSpec(name=name, **spec))
    for chunk in chunks:
        yield pb.WriteFileRequest(data=chunk)


def test_upload_is_answered_with_its_sha256_and_seen_by_the_code(session):
    data = bytes(range(256)) * 10_000
    file = session.write_bytes(data, "input.bin")
    assert (file.path, file.size_bytes) == ("input.bin", len(data))
    assert file.sha256 == hashlib.sha256(data).hexdigest()
    digest = "__import__('hashlib').sha256(open('/mnt/data/input.bin','rb').read()).hexdigest()"
    assert value(session, digest) == file.sha256


def test_uploaded_file_belongs_to_the_code(session):
    session.write_bytes(b"a", "folder/input.txt")
    run(session, "open('folder/input.txt', 'a').write('b')\nopen('folder/new', 'w')")
    assert session.read_bytes("folder/input.txt") == b"ab"


def test_download_gives_what_the_code_wrote(session, tmp_path):
    run(session, "import os\ndata = os.urandom(3_000_000)\nopen('out.bin', 'wb').write(data)")
    digest = value(session, "__import__('hashlib').sha256(data).hexdigest()")
    saved = session.download("out.bin", tmp_path)
    assert hashlib.sha256(saved.read_bytes()).hexdigest() == digest
    assert session.file("out.bin").sha256 == digest


@pytest.mark.parametrize(
    ("offset", "limit"), [(0, 0), (0, 10), (5, 0), (5, 10), (999, 50), (1000, 0), (0, 5000)]
)
def test_ranges_are_read(session, offset, limit):
    data = bytes(n % 251 for n in range(1000))
    session.write_bytes(data, "f")
    expected = data[offset : offset + limit] if limit else data[offset:]
    assert session.read_bytes("f", offset=offset, limit=limit) == expected


def test_range_outside_the_file_is_refused(session):
    session.write_bytes(b"1234", "f")
    with pytest.raises(OutOfRange, match="4 bytes"):
        session.read_bytes("f", offset=5)
    for field, arguments in (("offset_bytes", {"offset": -1}), ("limit_bytes", {"limit": -1})):
        with pytest.raises(InvalidArgument) as error:
            session.read_bytes("f", **arguments)
        assert error.value.field == field


def test_subfolders_are_made_and_listed_in_order(session):
    for path in ("b/c/2.txt", "a.txt", "b/1.txt", "ü/データ.csv"):
        session.write_bytes(path.encode(), path)
    assert paths(session) == ["a.txt", "b/1.txt", "b/c/2.txt", "ü/データ.csv"]
    assert [file.path for file in session.files("b", page_size=1)] == ["b/1.txt", "b/c/2.txt"]
    assert value(session, "open('ü/データ.csv').read()") == "ü/データ.csv"


def test_file_is_replaced_and_deleted(session):
    session.write_bytes(b"one", "f")
    session.write_bytes(b"two!", "f")
    assert session.read_bytes("f") == b"two!"
    session.delete_file("f")
    assert paths(session) == []
    with pytest.raises(NotFound, match="files/f"):
        session.read_bytes("f")


def test_empty_file_is_a_file(session):
    session.write_bytes(b"", "empty")
    assert session.read_bytes("empty") == b""
    assert session.file("empty").sha256 == hashlib.sha256(b"").hexdigest()


BAD_PATHS = ["", "..", "../x", "a/../x", "a/..", ".", "./x", "a//b", "/x", "a/", "x\ny", "x\0y"]
BAD_PATHS += ["n" * 256, "/".join("a" * 40), "é" * 600]


@pytest.mark.parametrize("path", BAD_PATHS)
@pytest.mark.parametrize("method", ["WriteFile", "ReadFile", "GetFile", "DeleteFile"])
def test_path_that_is_malformed_or_leaves_the_workspace_is_refused(stub, session, method, path):
    name = f"{session.name}/files/{path}"
    requests = {
        "WriteFile": write_requests(name, [], size_unknown=True),
        "ReadFile": pb.ReadFileRequest(name=name),
        "GetFile": pb.GetFileRequest(name=name),
        "DeleteFile": pb.DeleteFileRequest(name=name),
    }
    error = error_of(getattr(stub, method), requests[method])
    assert isinstance(error, InvalidArgument), error
    assert error.field.endswith("name")
    assert paths(session) == []


@pytest.mark.parametrize(
    "path", ["-rf", "a b", "x...", "\u202egnp.exe", "💥", "n" * 255, ".hidden"]
)
def test_odd_but_valid_names_work(session, path):
    session.write_bytes(b"x", path)
    assert paths(session) == [path]
    assert session.read_bytes(path) == b"x"


def test_listing_of_a_missing_folder_is_not_found_and_of_a_bad_one_refused(session):
    with pytest.raises(NotFound):
        list(session.files("nothing"))
    with pytest.raises(InvalidArgument) as error:
        list(session.files("../x"))
    assert error.value.field == "directory"


def test_upload_that_breaks_off_leaves_no_file(stub, session, server):
    session.write_bytes(b"before", "replaced")
    for path in ("new", "replaced"):
        requests = write_requests(f"{session.name}/files/{path}", [b"12345"], size_bytes=10)
        assert isinstance(error_of(stub.WriteFile, requests), Aborted)
    assert paths(session) == ["replaced"]
    assert session.read_bytes("replaced") == b"before"
    assert value(session, "__import__('os').listdir()") == "['replaced']"
    incoming = session_folders(server, session)[0] / "incoming"
    eventually(lambda: not any(incoming.iterdir()), "nothing of the upload is left")


def test_cancelled_upload_leaves_no_file(stub, session, server):
    hold = threading.Event()

    def requests():
        yield from write_requests(f"{session.name}/files/new", [b"x" * MIB], size_bytes=2 * MIB)
        hold.wait(60)

    call = stub.WriteFile.future(requests())
    incoming = session_folders(server, session)[0] / "incoming"
    eventually(lambda: any(incoming.iterdir()), "the upload is under way")
    assert paths(session) == [], "no partial file is visible"
    call.cancel()
    hold.set()
    eventually(lambda: not any(incoming.iterdir()), "nothing of the upload is left")
    assert paths(session) == []


def test_upload_with_wrong_digest_or_too_much_data_leaves_no_file(stub, session):
    name = f"{session.name}/files/new"
    wrong = write_requests(name, [b"abc"], size_bytes=3, sha256="0" * 64)
    assert isinstance(error_of(stub.WriteFile, wrong), Aborted)
    too_much = write_requests(name, [b"abcd"], size_bytes=3)
    assert isinstance(error_of(stub.WriteFile, too_much), InvalidArgument)
    assert paths(session) == []


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [pb.WriteFileRequest(data=b"x")],
        [pb.WriteFileRequest()],
    ],
    ids=["nothing", "data first", "empty message"],
)
def test_upload_without_a_spec_is_refused(stub, messages):
    error = error_of(stub.WriteFile, iter(messages))
    assert isinstance(error, InvalidArgument), error
    assert error.field == "spec"


def test_upload_over_the_quota_is_refused_and_leaves_no_file(client, stub):
    with client.create_session("minimal", limits=Limits(workspace_bytes=MIB)) as session:
        with pytest.raises(ResourceExhausted) as error:
            session.write_bytes(b"x" * (2 * MIB), "big")
        assert error.value.reason == "WORKSPACE_QUOTA"
        chunks = [b"x" * (MIB // 2)] * 4
        unknown = write_requests(f"{session.name}/files/big", chunks, size_unknown=True)
        assert isinstance(error_of(stub.WriteFile, unknown), ResourceExhausted)
        assert paths(session) == []
        session.write_bytes(b"x" * 1000, "small")


def test_uploads_of_too_many_files_are_refused(client):
    with client.create_session("minimal", limits=Limits(workspace_file_count=3)) as session:
        with pytest.raises(ResourceExhausted):
            for number in range(10):
                session.write_bytes(b"x", f"f{number}")
        assert len(paths(session)) <= 3


def test_file_of_1_gib_goes_both_ways_without_being_held_in_memory(server, session, stub, tmp_path):
    size = 1 << 30
    source = tmp_path / "large"
    with source.open("wb") as stream:  # The file is sparse except for its first and last bytes.
        stream.write(b"head")
        stream.truncate(size - 4)
        stream.seek(0, 2)
        stream.write(b"tail")
    before = memory_peak_bytes(server.pid)
    file = session.upload(source)
    assert file.size_bytes == size
    digest, received = hashlib.sha256(), 0
    for message in stub.ReadFile(pb.ReadFileRequest(name=file.name), timeout=250):
        digest.update(message.data)
        received += len(message.data)
    assert received == size
    assert digest.hexdigest() == file.sha256
    # A sanitizer shadows memory and keeps freed memory for a while.
    allowed = 700 * MIB if "CARREL_SANITIZED" in os.environ else 200 * MIB
    assert memory_peak_bytes(server.pid) - before < allowed
