"""The events that concern files, and the content that a workspace may then have."""

from __future__ import annotations

import hashlib
from collections import Counter

import grpc
from carrel.errors import Cancelled, CarrelError, from_rpc_error
from carrel.v1 import code_interpreter_pb2 as pb
from events.calls import GONE, Caller, Upload
from events.cells import Cause, file_of
from events.event import FILES, Event
from events.model import ABSENT, SessionModel

_MISSING = "FILE_NOT_FOUND"


class Files:
    """Uploads, downloads and deletions of one sequence. A session is None if it does not exist."""

    def __init__(self, caller: Caller, seen: Counter[str]) -> None:
        self._caller = caller
        self._seen = seen
        self._uploads: list[tuple[SessionModel, Upload]] = []
        self._count = 0

    def begin_upload(self, event: Event, session: SessionModel | None) -> None:
        self._count += 1
        content = hashlib.sha256(b"%d" % self._count).digest() * (event.size // 32 + 1)
        stub = self._caller.stub
        upload = Upload(stub, _name(event), content[: event.size], event.how)
        if session is not None:
            self._uploads.append((session, upload))
            return
        error = upload.end(self._caller.patience)
        assert error is not None, f"{upload.name}: written to no session"
        _check_error(upload, error, {GONE})

    def end_upload(self, event: Event, _session: SessionModel | None) -> None:
        if self._uploads:
            self._finish(*self._uploads.pop(-1 - event.number % len(self._uploads)))

    def upload(self, event: Event, session: SessionModel | None) -> None:
        self.begin_upload(event, session)
        if session is not None:
            self._finish(*self._uploads.pop())

    def _finish(self, session: SessionModel, upload: Upload) -> None:
        file = session.file(upload.name.partition("/files/")[2])
        # The last byte completes a file of known size, even if the call is then cancelled.
        if upload.how == "cancelled":
            file.may_become(upload.content)
        error = upload.end(self._caller.patience)
        if error is None:
            assert not upload.is_broken, f"{upload.name} was to be refused: {upload.how}"
            file.settle(upload.content)
            self._seen["uploads"] += 1
        else:
            _check_error(upload, error, {"UPLOAD_BROKEN"} if upload.is_broken else set())

    def download(self, event: Event, session: SessionModel | None) -> None:
        if session is not None:
            self._check(session, FILES[event.number % len(FILES)])
        else:
            self._caller.call("GetFile", pb.GetFileRequest(name=_name(event)), GONE)

    def break_download(self, event: Event, session: SessionModel | None) -> None:
        call = self._caller.stub.ReadFile(pb.ReadFileRequest(name=_name(event)))
        try:
            next(call)
        except grpc.RpcError as rpc_error:
            error = from_rpc_error(rpc_error, "carreld")
            assert error.reason == (_MISSING if session else GONE), f"ReadFile: {error!r}"
        call.cancel()

    def delete_file(self, event: Event, session: SessionModel | None) -> None:
        request = pb.DeleteFileRequest(name=_name(event))
        if session is None:
            self._caller.call("DeleteFile", request, GONE)
            return
        file = session.file(FILES[event.number % len(FILES)])
        self._caller.call("DeleteFile", request, *[_MISSING] * (ABSENT in file.contents))
        file.settle(ABSENT)

    def _check(self, session: SessionModel, path: str) -> None:
        """Checks that the file has a content that it may have, and that GetFile agrees."""
        contents = session.file(path).contents
        name = f"{session.name}/files/{path}"
        missing = [_MISSING] * (ABSENT in contents)
        answer = self._caller.call("GetFile", pb.GetFileRequest(name=name), *missing)
        if isinstance(answer, pb.File):
            known = {hashlib.sha256(x).hexdigest(): len(x) for x in contents if x is not ABSENT}
            assert known.get(answer.sha256) == answer.size_bytes, f"{name}: half there? {answer}"
            request = pb.ReadFileRequest(name=name)
            messages = self._caller.stub.ReadFile(request, timeout=self._caller.patience)
            data = b"".join(message.data for message in messages)
            assert data in contents, f"{name}: {len(data)} other bytes"

    # ---------------------------------------------------------------- the end

    def end(self) -> None:
        """Ends the uploads that are open."""
        while self._uploads:
            self._finish(*self._uploads.pop(0))

    def check_deleted(self, session: SessionModel) -> None:
        """Checks that none of the uploads succeeds now that the session is gone."""
        for upload in [upload for owner, upload in self._uploads if owner is session]:
            self._uploads.remove((session, upload))
            error = upload.end(self._caller.patience)
            assert error is not None, f"{upload.name}: written to a session that is gone"
            _check_error(upload, error, {GONE, "SESSION_DELETED", "UPLOAD_BROKEN"})

    def check_all(self, session: SessionModel) -> None:
        """Checks that the files are those that callers and cells have written, whole."""
        for path in list(session.files):
            self._check(session, path)
        for run in session.runs:
            if run.cell == "write a file" and run.end().cause == Cause.COMPLETED:
                path, content = file_of(run.n)
                session.file(path).settle(content)
                self._check(session, path)
        known = {*session.files, *(file_of(run.n)[0] for run in session.runs)}
        listed = self._caller.call("ListFiles", pb.ListFilesRequest(parent=session.name)).files
        assert {file.path for file in listed} <= known, f"{session.name} has {listed}"


def _name(event: Event) -> str:
    return f"sessions/s{event.session}/files/{FILES[event.number % len(FILES)]}"


def _check_error(upload: Upload, error: CarrelError, reasons: set[str]) -> None:
    by_us = upload.how.endswith("cancelled") and isinstance(error, Cancelled)
    assert by_us or error.reason in reasons, f"{upload.name}, {upload.how}: {error!r}"
