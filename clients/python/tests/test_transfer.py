import hashlib
import io
import os

import pytest

import carrel
from carrel._transfer import CHUNK_BYTES

BIG = os.urandom(3 * CHUNK_BYTES + 17)
NAME = "sessions/s1/files/big.bin"


@pytest.fixture
def session(client):
    return client.session("s1")


def test_upload_goes_in_chunks_and_is_verified(session, fake, tmp_path):
    local = tmp_path / "big.bin"
    local.write_bytes(BIG)
    steps = []
    file = session.upload(local, progress=lambda done, total: steps.append((done, total)))
    assert fake.files[NAME] == BIG
    assert fake.upload_chunks == [CHUNK_BYTES] * 3 + [17]
    assert file.sha256 == hashlib.sha256(BIG).hexdigest()
    assert steps[0] == (0, len(BIG))
    assert steps[-1] == (len(BIG), len(BIG))


def test_images_of_two_executions_get_names_of_their_own(session, fake, tmp_path):
    for execution in ("e1", "e2"):
        name = f"sessions/s1/executions/{execution}/images/1.png"
        fake.files[name] = execution.encode()
        image = carrel.Artifact(name, "", carrel.Change.DISPLAYED, 2, "image/png", "")
        assert session.download(image, tmp_path) == tmp_path / f"{execution}-1.png"
        assert session.download(name, tmp_path / "chosen.png").read_bytes() == execution.encode()
    assert (tmp_path / "e1-1.png").read_bytes() == b"e1"
    assert (tmp_path / "e2-1.png").read_bytes() == b"e2"


def test_file_that_is_placed_like_an_image_keeps_its_name(session, fake, tmp_path):
    fake.files["sessions/s1/files/executions/e1/images/1.png"] = b"png"
    path = session.download("executions/e1/images/1.png", tmp_path)
    assert path == tmp_path / "1.png"


def test_empty_file_can_be_uploaded_and_read(session, fake):
    assert session.write_bytes(b"", "empty").size_bytes == 0
    assert session.read_bytes("empty") == b""


def test_stream_is_sent_from_where_it_stands(session, fake):
    source = io.BytesIO(b"skipped kept")
    source.seek(8)
    session.upload(source, "/mnt/data/sub/rest.txt")
    assert fake.files["sessions/s1/files/sub/rest.txt"] == b"kept"


def test_pipe_is_sent_with_unknown_size(session, fake):
    reader, writer = os.pipe()
    os.write(writer, b"from a pipe")
    os.close(writer)
    with os.fdopen(reader, "rb") as source:
        session.upload(source, "piped")
    assert fake.files["sessions/s1/files/piped"] == b"from a pipe"
    assert fake.requests[-1].size_unknown


def test_stream_without_a_name_is_refused(session):
    with pytest.raises(ValueError, match="remote_path"):
        session.upload(io.BytesIO())


class BreakingSource(io.RawIOBase):
    """Returns one piece, then fails."""

    pieces = 1

    def read(self, size=-1):
        if self.pieces == 0:
            raise OSError("the disk is gone")
        self.pieces -= 1
        return b"x" * 10


def test_unreadable_source_breaks_the_upload_off(session, fake):
    fake.upload_will_break_off = True
    with pytest.raises(OSError, match="the disk is gone"):
        session.upload(BreakingSource(), "half")
    assert fake.upload_ended.wait(30)
    assert fake.files == {}


def test_upload_that_arrives_changed_is_an_error(session, fake):
    fake.wrong_sha256 = True
    with pytest.raises(carrel.IntegrityError):
        session.write_bytes(b"abc", "x")


def test_upload_error_of_the_server_is_told(session, fake):
    fake.error = {"code": carrel.errors.grpc.StatusCode.RESOURCE_EXHAUSTED, "message": "full"}
    with pytest.raises(carrel.ResourceExhausted, match="full"):
        session.write_bytes(BIG, "x")


def test_download_replaces_the_target_when_complete(session, fake, tmp_path):
    fake.files[NAME] = BIG
    folder = tmp_path / "downloads"
    folder.mkdir()
    target = folder / "copy.bin"
    target.write_bytes(b"old")
    steps = []
    session.download("big.bin", target, progress=lambda *step: steps.append(step))
    assert target.read_bytes() == BIG
    assert steps[0] == (0, len(BIG))
    assert steps[-1] == (len(BIG), len(BIG))
    assert list(folder.iterdir()) == [target]


@pytest.mark.parametrize("fault", ["wrong_sha256", "truncate_read"])
def test_broken_download_leaves_the_target_alone(session, fake, tmp_path, fault):
    fake.files[NAME] = BIG
    setattr(fake, fault, True)
    folder = tmp_path / "downloads"
    folder.mkdir()
    target = folder / "copy.bin"
    target.write_bytes(b"old")
    with pytest.raises(carrel.IntegrityError):
        session.download("big.bin", target)
    assert target.read_bytes() == b"old"
    assert list(folder.iterdir()) == [target]


def test_missing_file_leaves_nothing_behind(session, tmp_path):
    folder = tmp_path / "downloads"
    folder.mkdir()
    with pytest.raises(carrel.NotFound, match="files/none"):
        session.download("none", folder)
    assert list(folder.iterdir()) == []


def test_download_into_a_folder_keeps_the_name(session, fake, tmp_path):
    fake.files["sessions/s1/files/plots/a.png"] = b"png"
    assert session.download("plots/a.png", tmp_path) == tmp_path / "a.png"


def test_download_into_a_folder_that_is_not_there_yet(session, fake, tmp_path):
    fake.files["sessions/s1/files/a.csv"] = b"1"
    fake.files["sessions/s1/files/b.csv"] = b"2"
    folder = f"{tmp_path}/new/out/"
    for name in ("a.csv", "b.csv"):
        assert session.download(name, folder) == tmp_path / "new" / "out" / name
    assert (tmp_path / "new" / "out" / "a.csv").read_bytes() == b"1"


def test_ranges_are_passed_on(session, fake):
    fake.files[NAME] = b"0123456789"
    assert session.read_bytes("big.bin", offset=2, limit=3) == b"234"
    assert session.read_bytes("big.bin", offset=7) == b"789"


def test_images_are_read_by_their_artifact_s_name(session, fake):
    name = "sessions/s1/executions/e1/images/1"
    fake.files[name] = b"png"
    artifact = carrel.Artifact(name, "", carrel.Change.DISPLAYED, 3, "image/png", "")
    assert session.read_bytes(artifact) == b"png"
    assert session.read_bytes(name) == b"png"


def test_files_and_delete_file(session, fake):
    session.write_bytes(b"1", "a/b")
    (file,) = session.files("a")
    assert (file.path, file.size_bytes) == ("a/b", 1)
    session.delete_file(file)
    assert fake.requests[-1].name == "sessions/s1/files/a/b"
