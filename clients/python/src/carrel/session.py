"""A session: one conversation's interpreter and files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from carrel import _convert, _transfer
from carrel._connection import Connection
from carrel._names import (
    RemoteFile,
    execution_name,
    file_name,
    local_name,
    new_execution_id,
)
from carrel._transfer import Progress
from carrel.errors import NotFound
from carrel.events import Event
from carrel.result import Result
from carrel.stream import EventDecoder, ExecutionStream
from carrel.types import Execution, File, Limits, SessionInfo
from carrel.v1 import code_interpreter_pb2 as pb

_PAGE_SIZE = 200


class Session:
    """A handle on one session; Client makes it. Leaving a `with` block deletes the session.

    All methods raise CarrelError: NotFound if the session is gone, InvalidArgument for malformed
    arguments, ResourceExhausted for quotas and overload. The outcome of a cell is never an error.
    """

    def __init__(self, connection: Connection, info: SessionInfo) -> None:
        self._connection = connection
        self.info = info
        """What the server said of the session last; see refresh()."""

    @property
    def name(self) -> str:
        """The resource name, `sessions/{id}`."""
        return self.info.name

    @property
    def id(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.delete()
        except NotFound:
            pass  # it expired, or the block deleted it
        except Exception:
            if error is None:  # otherwise the block's own error matters more
                raise

    def __repr__(self) -> str:
        return f"<carrel.Session {self.id} image={self.info.image}>"

    def refresh(self) -> SessionInfo:
        """Requests the session's present state from the server."""
        request = pb.GetSessionRequest(name=self.name)
        stub = self._connection.stub
        self.info = _convert.session(self._connection.call(stub.GetSession, request))
        return self.info

    def update(
        self,
        *,
        labels: Mapping[str, str] | None = None,
        idle_timeout: timedelta | None = None,
        limits: Limits | None = None,
    ) -> SessionInfo:
        """Replaces the labels, the idle timeout, and those limits that are given and adjustable."""
        request = pb.UpdateSessionRequest(session=pb.Session(name=self.name))
        paths = request.update_mask.paths
        if labels is not None:
            request.session.labels.update(labels)
            paths.append("labels")
        if idle_timeout is not None:
            request.session.idle_timeout.CopyFrom(_convert.duration(idle_timeout))
            paths.append("idle_timeout")
        if limits is not None:
            request.session.limits.CopyFrom(_convert.limits_to_proto(limits))
            paths.extend(f"limits.{field.name}" for field, _ in request.session.limits.ListFields())
        self.info = _convert.session(
            self._connection.call(self._connection.stub.UpdateSession, request)
        )
        return self.info

    def delete(self) -> None:
        """Ends the session; returns when its processes, files and history are gone."""
        request = pb.DeleteSessionRequest(name=self.name)
        self._connection.call(self._connection.stub.DeleteSession, request)

    # ------------------------------------------------------------- executions

    def execute(
        self,
        code: str,
        *,
        timeout: timedelta | float | None = None,
        execution_id: str | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> Result:
        """Runs a cell and waits for its end, however it ends.

        Args:
            code: Python source, as one would type it into a notebook.
            timeout: wall time the cell may take, in seconds if a number; the session's if None.
            execution_id: the id to give the execution; one is made if None.
            on_event: called with each event as it arrives, on this thread.

        Raises Unavailable, too, if the server stands still; `execution` of the error is the name
        for watch(), whose result() is what this would have returned.
        """
        stream = self.stream(code, timeout=timeout, execution_id=execution_id)
        if on_event is not None:
            for event in stream:
                on_event(event)
        return stream.result()

    def stream(
        self,
        code: str,
        *,
        timeout: timedelta | float | None = None,
        execution_id: str | None = None,
    ) -> ExecutionStream:
        """Runs a cell and returns its events, as they happen; see execute() for the arguments.

        The stream's result() waits for the end and returns what execute() does.
        """
        execution_id = execution_id or new_execution_id()
        request = pb.ExecuteRequest(session=self.name, code=code, execution_id=execution_id)
        if timeout is not None:
            request.timeout.CopyFrom(_convert.duration(timeout))
        return ExecutionStream(
            self._connection,
            self._connection.stub.Execute(request),
            execution_name(self.name, execution_id),
            EventDecoder(),
        )

    def watch(self, execution: str | Execution, start_sequence: int = 1) -> ExecutionStream:
        """Returns the events of an execution, live or finished, from a sequence number on.

        `watch(execution).result()` is what execute() returned, or would have.
        """
        name = execution_name(self.name, execution)
        request = pb.WatchExecutionRequest(name=name, start_sequence=start_sequence)
        call = self._connection.stub.WatchExecution(request)
        decoder = EventDecoder(from_start=start_sequence <= 1)
        return ExecutionStream(self._connection, call, name, decoder)

    def cancel(self, execution: str | Execution) -> Execution:
        """Requests that an execution stop; returns at once. Its FinishedEvent says how it ended."""
        request = pb.CancelExecutionRequest(name=execution_name(self.name, execution))
        stub = self._connection.stub
        return _convert.execution(self._connection.call(stub.CancelExecution, request))

    def execution(self, execution: str | Execution) -> Execution:
        """Returns an execution of the session's history as it is now."""
        request = pb.GetExecutionRequest(name=execution_name(self.name, execution))
        stub = self._connection.stub
        return _convert.execution(self._connection.call(stub.GetExecution, request))

    def executions(self, *, page_size: int = _PAGE_SIZE) -> Iterator[Execution]:
        """Iterates over the session's history, oldest first."""
        request = pb.ListExecutionsRequest(parent=self.name, page_size=page_size)
        while True:
            page = self._connection.call(self._connection.stub.ListExecutions, request)
            yield from map(_convert.execution, page.executions)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    # ------------------------------------------------------------------ files

    def upload(
        self,
        source: str | PathLike[str] | BinaryIO,
        remote_path: str | None = None,
        *,
        progress: Progress | None = None,
    ) -> File:
        """Writes a local file, or the rest of a binary stream, to the workspace.

        The file appears whole or not at all, and is verified by SHA-256 (IntegrityError).
        `remote_path` is relative to /mnt/data; a local file's own name if None. `progress` is
        called with bytes sent and their total (None if unknown), on another thread.
        """
        if isinstance(source, str | PathLike):
            path = Path(source)
            with path.open("rb") as stream:
                return self.upload(stream, remote_path or path.name, progress=progress)
        if remote_path is None:
            raise ValueError("an upload of a stream needs a remote_path")
        return _transfer.upload(
            self._connection, file_name(self.name, remote_path), source, progress
        )

    def write_bytes(self, data: bytes, remote_path: str) -> File:
        """Writes `data` to a file of the workspace."""
        return self.upload(io.BytesIO(data), remote_path)

    def download(
        self,
        remote: RemoteFile,
        local: str | PathLike[str] | None = None,
        *,
        offset: int = 0,
        limit: int = 0,
        progress: Progress | None = None,
    ) -> Path:
        """Saves a file of the workspace, or a displayed image, and returns its path.

        `local` is a file or a directory, which exists or ends in "/", and then is made; the current
        directory if None. In a directory, the copy gets the name of the remote file, and an image
        "{execution}-{image}". The file is replaced when all `limit` bytes (0: all up to the end)
        from `offset` have arrived and are verified by SHA-256 (IntegrityError), and left alone
        otherwise.
        """
        name = file_name(self.name, remote)
        target = Path(local) if local is not None else Path()
        if local is not None and str(local).endswith("/"):
            target.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            target = target / local_name(name)
        with _transfer.replacing(target) as stream:
            request = pb.ReadFileRequest(name=name, offset_bytes=offset, limit_bytes=limit)
            _transfer.read(self._connection, request, stream.write, progress)
        return target

    def read_bytes(self, remote: RemoteFile, *, offset: int = 0, limit: int = 0) -> bytes:
        """Returns the content of a file, or a range of it as for download()."""
        request = pb.ReadFileRequest(
            name=file_name(self.name, remote), offset_bytes=offset, limit_bytes=limit
        )
        buffer = io.BytesIO()
        _transfer.read(self._connection, request, buffer.write)
        return buffer.getvalue()

    def files(self, directory: str = "", *, page_size: int = _PAGE_SIZE) -> Iterator[File]:
        """Iterates over the regular files of the workspace, or of a directory of it, by path."""
        request = pb.ListFilesRequest(parent=self.name, directory=directory, page_size=page_size)
        while True:
            page = self._connection.call(self._connection.stub.ListFiles, request)
            yield from map(_convert.file, page.files)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def file(self, remote: RemoteFile) -> File:
        """Returns the metadata of a file, with its SHA-256."""
        request = pb.GetFileRequest(name=file_name(self.name, remote))
        return _convert.file(self._connection.call(self._connection.stub.GetFile, request))

    def delete_file(self, remote: RemoteFile) -> None:
        """Deletes a file of the workspace."""
        request = pb.DeleteFileRequest(name=file_name(self.name, remote))
        self._connection.call(self._connection.stub.DeleteFile, request)
