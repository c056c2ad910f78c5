"""Does what a sequence says to a real carreld, and tells the model."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from typing import Any

import grpc
from carrel.errors import CarrelError, from_rpc_error
from carrel.testing import LocalServer
from carrel.v1 import code_interpreter_pb2 as pb
from events.calls import EventReader, Upload
from events.cells import CELLS, SHORT_TIMEOUT, Cause, code_of
from events.event import FILES, Event
from events.model import ABSENT, Run, SessionModel, check_session
from events.targets import Targets
from support import PATIENCE, SLOWNESS, eventually

MAX_QUEUE_LENGTH = 3
# How long carreld may take for what waits for nothing.
_AT_ONCE = 10 * SLOWNESS
_GONE = "SESSION_NOT_FOUND"
# The signals that end a process; there is only one for the first of a namespace.
_LETHAL = {
    "interpreter": ("SIGKILL", "SIGTERM", "SIGUSR1", "SIGSEGV"),
    "supervisor": ("SIGKILL",),
}


class World:
    """One sequence on one server: sessions, what goes on in them, and their models."""

    def __init__(self, server: LocalServer, stub: Any, seen: Counter[str]) -> None:
        """`seen` is to count what has come of the executions, and of uploads and signals."""
        self._stub = stub
        self._seen = seen
        self._targets = Targets(server)
        self._sessions: dict[int, SessionModel] = {}
        self._uploads: list[tuple[SessionModel, Upload]] = []
        self._watches: list[tuple[Run, int, EventReader]] = []
        self._count = 0
        self._zygote_was_hurt = False

    # ---------------------------------------------------------------- calls

    def _call(self, method: str, request: Any, *allowed: str, patience: float = PATIENCE) -> Any:
        """Makes a call: its answer, or its error, whose reason must be one of `allowed`."""
        try:
            return getattr(self._stub, method)(request, timeout=patience)
        except grpc.RpcError as rpc_error:
            error = from_rpc_error(rpc_error, "carreld")
            assert error.reason in allowed, f"{method}: {error!r}, reason {error.reason!r}"
            return error

    def _name(self, event: Event) -> str:
        return f"sessions/s{event.session}"

    def _gone(self, event: Event) -> tuple[str, ...]:
        """The reason that calls on that session must have, if it is not there."""
        return () if event.session in self._sessions else (_GONE,)

    def do(self, event: Event) -> None:
        """Does one event, then looks at its session."""
        getattr(self, "_" + event.kind.replace(" ", "_"))(event)
        self._look(event)

    def _look(self, event: Event) -> None:
        session = self._sessions.get(event.session)
        unfinished = len(session.unfinished()) if session else 0
        request = pb.GetSessionRequest(name=self._name(event))
        answer = self._call("GetSession", request, *self._gone(event), patience=_AT_ONCE)
        assert isinstance(answer, pb.Session) == (session is not None), answer
        if isinstance(answer, pb.Session):
            assert answer.pending_execution_count <= unfinished, f"{answer} has {unfinished}"
            assert answer.state in (pb.Session.IDLE, pb.Session.RUNNING), answer

    # -------------------------------------------------------------- sessions

    def _create(self, event: Event) -> None:
        request = pb.CreateSessionRequest(session_id=f"s{event.session}")
        if event.number:  # One that no warm interpreter fits.
            request.session.env["NUMBER"] = str(event.number)
        exists = event.session in self._sessions
        allowed = ["SESSION_EXISTS"] * exists
        if self._zygote_was_hurt:
            allowed.append("INTERPRETER_UNAVAILABLE")
        answer = self._call("CreateSession", request, *allowed)
        if isinstance(answer, pb.Session):
            assert not exists, f"{answer.name} was made twice"
            assert (answer.generation, answer.HasField("last_loss")) == (1, False), answer
            self._sessions[event.session] = SessionModel(answer.name)

    def _delete(self, event: Event) -> None:
        session = self._sessions.get(event.session)
        if session is not None:
            for run in session.unfinished():
                run.allowed.add(Cause.SESSION_DELETED)
        request = pb.DeleteSessionRequest(name=self._name(event))
        self._call("DeleteSession", request, *self._gone(event))
        if session is not None:
            del self._sessions[event.session]
            self._check_deleted(session)

    def _check(self, session: SessionModel) -> None:
        check_session(session)
        self._seen.update(Cause.Name(run.end().cause) for run in session.runs if run.events)

    def _check_deleted(self, session: SessionModel) -> None:
        """Who reads the events of a deleted session reads them to their end."""
        for run in session.runs:
            self._check_ended(run.reader, run)
            if not run.reader.given_up:
                run.events = run.reader.events
        for upload in [upload for owner, upload in self._uploads if owner is session]:
            self._uploads.remove((session, upload))
            error = upload.end()
            assert error is not None, f"{upload.name}: written to a session that is gone"
            reasons = {"SESSION_NOT_FOUND", "SESSION_DELETED", "UPLOAD_BROKEN"}
            self._check_upload_error(upload, error, reasons)
        self._check(session)

    # ------------------------------------------------------------ executions

    def _execute(self, event: Event) -> None:
        session = self._sessions.get(event.session)
        self._count += 1
        n, kind = self._count, CELLS[event.cell]
        request = pb.ExecuteRequest(session=self._name(event), execution_id=f"e{n}")
        request.code = code_of(event.cell, n, event.ms)
        if kind.short:
            request.timeout.FromMicroseconds(int(SHORT_TIMEOUT * 1e6))
        full = session is not None and len(session.unfinished()) >= MAX_QUEUE_LENGTH
        name = f"{request.session}/executions/e{n}"
        reader = EventReader(self._stub.Execute(request))
        eventually(lambda: reader.over or reader.events or self._is_known(name), f"{name} is taken")
        if reader.over and not reader.events:
            allowed = {"QUEUE_FULL"} if full else set(self._gone(event))
            assert reader.error and reader.error.reason in allowed, f"Execute: {reader.error!r}"
            return
        assert session is not None, f"{name}: runs in no session"
        run = Run(name, n, event.cell, reader)
        if self._zygote_was_hurt:
            run.allowed.add(Cause.SERVER_ERROR)
        session.accepted(run)

    def _is_known(self, name: str) -> bool:
        request = pb.GetExecutionRequest(name=name)
        answer = self._call("GetExecution", request, "EXECUTION_NOT_FOUND", _GONE)
        return isinstance(answer, pb.Execution)

    def _run(self, event: Event) -> Run | None:
        """One of the latest executions of the session."""
        session = self._sessions.get(event.session)
        runs = session.runs if session else []
        return runs[-1 - event.number % len(runs)] if runs else None

    def _cancel(self, event: Event) -> None:
        run = self._run(event)
        if run is not None and run.may_run:
            run.allowed.add(Cause.CANCELLED_BY_CALLER)
        name = run.name if run else f"{self._name(event)}/executions/none"
        allowed = () if run else ("EXECUTION_NOT_FOUND", _GONE)
        request = pb.CancelExecutionRequest(name=name)
        self._call("CancelExecution", request, *allowed, patience=_AT_ONCE)

    def _abandon(self, event: Event) -> None:
        if run := self._run(event):
            run.reader.give_up()

    def _watch(self, event: Event) -> None:
        if run := self._run(event):
            request = pb.WatchExecutionRequest(name=run.name, start_sequence=event.number)
            reader = EventReader(self._stub.WatchExecution(request))
            self._watches.append((run, max(1, event.number), reader))

    # ----------------------------------------------------------------- files

    def _path(self, event: Event) -> str:
        return FILES[event.number % len(FILES)]

    def _file_name(self, event: Event) -> str:
        return f"{self._name(event)}/files/{self._path(event)}"

    def _begin_upload(self, event: Event) -> None:
        self._count += 1
        content = hashlib.sha256(b"%d" % self._count).digest() * (event.size // 32 + 1)
        upload = Upload(self._stub, self._file_name(event), content[: event.size], event.how)
        session = self._sessions.get(event.session)
        if session is not None:
            self._uploads.append((session, upload))
        elif error := upload.end():
            self._check_upload_error(upload, error, {_GONE})
        else:
            raise AssertionError(f"{upload.name}: written to no session")

    def _end_upload(self, event: Event) -> None:
        if self._uploads:
            session, upload = self._uploads.pop(-1 - event.number % len(self._uploads))
            self._finish_upload(session, upload)

    def _upload(self, event: Event) -> None:
        before = len(self._uploads)
        self._begin_upload(event)
        if len(self._uploads) > before:
            self._finish_upload(*self._uploads.pop())

    def _finish_upload(self, session: SessionModel, upload: Upload) -> None:
        file = session.file(upload.name.partition("/files/")[2])
        if upload.how == "cancelled":
            file.may_become(upload.content)
        error = upload.end()
        if error is None:
            assert not upload.is_broken, f"{upload.name} was to be refused: {upload.how}"
            file.settle(upload.content)
            self._seen["uploads"] += 1
        else:
            self._check_upload_error(
                upload, error, {"UPLOAD_BROKEN"} if upload.is_broken else set()
            )

    def _check_upload_error(self, upload: Upload, error: CarrelError, reasons: set[str]) -> None:
        by_us = upload.how == "cancelled" and type(error).__name__ == "Cancelled"
        assert by_us or error.reason in reasons, f"{upload.name}, {upload.how}: {error!r}"

    def _download(self, event: Event) -> None:
        session = self._sessions.get(event.session)
        if session is not None:
            self._check_file(session, self._path(event))
        else:
            self._call("GetFile", pb.GetFileRequest(name=self._file_name(event)), _GONE)

    def _check_file(self, session: SessionModel, path: str) -> None:
        """It has a content that it may have, and GetFile says the same of it."""
        contents = session.file(path).contents
        name = f"{session.name}/files/{path}"
        missing = ["FILE_NOT_FOUND"] * (ABSENT in contents)
        answer = self._call("GetFile", pb.GetFileRequest(name=name), *missing)
        if isinstance(answer, pb.File):
            known = {hashlib.sha256(x).hexdigest(): len(x) for x in contents if x is not ABSENT}
            assert known.get(answer.sha256) == answer.size_bytes, f"{name}: half there? {answer}"
            call = self._stub.ReadFile(pb.ReadFileRequest(name=name), timeout=PATIENCE)
            data = b"".join(message.data for message in call)
            assert data in contents, f"{name}: {len(data)} other bytes"

    def _break_download(self, event: Event) -> None:
        call = self._stub.ReadFile(pb.ReadFileRequest(name=self._file_name(event)))
        try:
            next(call)
        except grpc.RpcError as rpc_error:
            error = from_rpc_error(rpc_error, "carreld")
            assert error.reason in ("FILE_NOT_FOUND", *self._gone(event)), f"ReadFile: {error!r}"
        call.cancel()

    def _delete_file(self, event: Event) -> None:
        session = self._sessions.get(event.session)
        file = session.file(self._path(event)) if session else None
        missing = ["FILE_NOT_FOUND"] * (file is not None and ABSENT in file.contents)
        request = pb.DeleteFileRequest(name=self._file_name(event))
        self._call("DeleteFile", request, *missing, *self._gone(event))
        if file is not None:
            file.settle(ABSENT)

    # ------------------------------------------------------- signals and time

    def _wait(self, event: Event) -> None:
        time.sleep(event.ms / 1000)

    def _let_end(self, event: Event) -> None:
        """Waits for the executions of the session, unless one waits to be stopped."""
        session = self._sessions.get(event.session)
        runs = session.unfinished() if session else []
        if all(run.kind.ends and not run.reader.given_up for run in runs):
            for run in runs:
                self._check_ended(run.reader, run)

    def _signal(self, event: Event) -> None:
        session = self._sessions.get(event.session)
        if event.how in ("zygote", "spare"):
            pid = self._targets.find(event.how, "")
        else:
            pid = self._targets.find(event.how, f"s{event.session}") if session else None
        if pid is None:
            return
        if event.how in ("zygote", "spare"):
            self._zygote_was_hurt = True
            for run in [run for session in self._sessions.values() for run in session.unfinished()]:
                run.allowed.add(Cause.SERVER_ERROR)
        elif session is not None:
            self._strike(session, event)
        if self._targets.send(pid, event.signal, event.ms):
            self._seen["signals"] += 1

    def _strike(self, session: SessionModel, event: Event) -> None:
        """What a signal to a process of a session can do to its cells."""
        if event.how == "interpreter" and event.signal == "SIGINT":
            session.strike({Cause.EXCEPTION}, lethal=False)
        elif event.signal in _LETHAL.get(event.how, ()):
            session.strike({Cause.CRASH}, lethal=True)

    # --------------------------------------------------------------- the end

    def end(self) -> None:
        """Ends all that goes on, checks all that was said, and deletes the sessions."""
        self._targets.join()
        for session, upload in self._uploads:
            self._finish_upload(session, upload)
        self._uploads.clear()
        for session in self._sessions.values():
            for run in [run for run in session.runs if not run.kind.ends or run.reader.given_up]:
                run.allowed.add(Cause.CANCELLED_BY_CALLER)
                request = pb.CancelExecutionRequest(name=run.name)
                self._call("CancelExecution", request, patience=_AT_ONCE)
            for run in session.runs:
                self._read_log(run)
            self._check(session)
            self._check_lists(session)
        for run, start, reader in self._watches:
            assert reader.join() and reader.error is None, f"{run.name}: {reader.error!r}"
            if run.events:
                same = reader.events == run.events[start - 1 :]
                assert same, f"{run.name}: another log from {start}"
        for number in list(self._sessions):
            self._delete(Event("delete", number))

    def _read_log(self, run: Run) -> None:
        """Its log, by a stream of its own; what the caller of Execute has read is its beginning."""
        reader = EventReader(self._stub.WatchExecution(pb.WatchExecutionRequest(name=run.name)))
        self._check_ended(reader, run)
        run.events = reader.events
        self._check_ended(run.reader, run)
        read = run.reader.events
        assert read == run.events[: len(read)], f"{run.name}: two logs"
        told = self._call("GetExecution", pb.GetExecutionRequest(name=run.name))
        assert told == run.end(), f"{run.name}: {told} is not {run.end()}"

    def _check_ended(self, reader: EventReader, run: Run) -> None:
        """A stream ended, and unless we have cancelled it by `finished`."""
        assert reader.join(), f"{run.name} ({run.cell}): the stream does not end"
        if not reader.given_up:
            assert reader.error is None, f"{run.name}: {reader.error!r}"
            assert reader.finished() is not None, f"{run.name}: the stream ended without `finished`"

    def _check_lists(self, session: SessionModel) -> None:
        """Lists name what there is: executions in their order, and files that are whole."""
        request = pb.ListExecutionsRequest(parent=session.name)
        listed = self._call("ListExecutions", request).executions
        assert [run.name for run in listed] == [run.name for run in session.runs], session.name
        self._check_generation(session)
        for path in list(session.files):
            self._check_file(session, path)
        files = {f.path: f.size_bytes for f in self._list_files(session)}
        for run in session.runs:
            size = files.pop(f"made-{run.n}", None)
            if run.cell == "write a file" and run.end().cause == Cause.COMPLETED:
                assert size == 50_000 * len(str(run.n)), f"made-{run.n} has {size}"
        assert set(files) <= set(session.files), f"{session.name} has {files}"

    def _check_generation(self, session: SessionModel) -> None:
        """The session says which interpreter it has: that of the last execution, if it lives."""
        answer = self._call("GetSession", pb.GetSessionRequest(name=session.name))
        ran = [run.end() for run in session.runs if run.generation() > 0]
        least = ran[-1].generation + (not ran[-1].variables_survived) if ran else 1
        most = least + session.lethal_blows
        assert least <= answer.generation <= most, f"{answer} is not of {least} to {most}"

    def _list_files(self, session: SessionModel) -> Any:
        return self._call("ListFiles", pb.ListFilesRequest(parent=session.name)).files
