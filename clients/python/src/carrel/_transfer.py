"""Streams files to and from a workspace in bounded memory, verified by SHA-256."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from carrel import _convert
from carrel._connection import Connection, StreamCall
from carrel._watchdog import Cancellable, WatchedCall
from carrel.errors import IntegrityError
from carrel.types import File
from carrel.v1 import code_interpreter_pb2 as pb

CHUNK_BYTES = 512 << 10

Progress = Callable[[int, int | None], None]
"""Called with the bytes done so far and their total, None if unknown; maybe on another thread."""


def _ignore(_done: int, _total: int | None) -> None:
    pass


class _UploadRequests:
    """The requests of one upload: the spec, then the source in chunks, hashed as they pass."""

    def __init__(
        self, name: str, source: BinaryIO, size: int | None, progress: Progress | None
    ) -> None:
        self._name = name
        self._source = source
        self._size = size
        self._progress = progress or _ignore
        self._digest = hashlib.sha256()
        self.sent_bytes = 0
        self.error: Exception | None = None
        self._call: Cancellable | None = None
        self._watched: WatchedCall | None = None
        self._has_call = threading.Event()

    def set_call(self, call: Cancellable, watched: WatchedCall) -> None:
        """Sets the call to cancel if the source cannot be read."""
        self._call, self._watched = call, watched
        self._has_call.set()

    @property
    def sha256(self) -> str:
        """The digest of the bytes sent."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[pb.WriteFileRequest]:
        spec = pb.WriteFileSpec(
            name=self._name, size_bytes=self._size or 0, size_unknown=self._size is None
        )
        yield pb.WriteFileRequest(spec=spec)
        try:
            yield from self._chunks()
        except Exception as error:  # upload() reports it; ending normally would commit the file
            self.error = error
            self._has_call.wait()
            if self._call is not None:
                self._call.cancel()

    def _chunks(self) -> Iterator[pb.WriteFileRequest]:
        self._progress(0, self._size)
        while data := self._source.read(self._next_chunk_bytes()):
            self._digest.update(data)
            self.sent_bytes += len(data)
            yield pb.WriteFileRequest(data=data)
            if self._watched is not None:
                self._watched.progressed = True
            self._progress(self.sent_bytes, self._size)

    def _next_chunk_bytes(self) -> int:
        if self._size is None:
            return CHUNK_BYTES
        # If a file grows meanwhile, only its original size is sent.
        return min(CHUNK_BYTES, self._size - self.sent_bytes)


def upload(
    connection: Connection, name: str, source: BinaryIO, progress: Progress | None = None
) -> File:
    """Writes the bytes of `source`, from its position on, to the file `name`.

    Raises the errors of reading `source`, IntegrityError if the server received different bytes,
    and CarrelError; the file then is as it was before.
    """
    requests = _UploadRequests(name, source, _remaining_bytes(source), progress)
    call = connection.stub.WriteFile.future(iter(requests))
    watched = connection.watch(call)
    requests.set_call(call, watched)
    try:
        with connection.errors_of(watched):
            written = _convert.file(call.result())
    except BaseException:
        call.cancel()
        if requests.error is not None:
            raise requests.error from None
        raise
    finally:
        watched.end()
    _verify(
        name, "sent", (requests.sent_bytes, requests.sha256), written.size_bytes, written.sha256
    )
    return written


def _remaining_bytes(source: BinaryIO) -> int | None:
    """Returns the number of bytes left in a seekable source, None for others."""
    try:
        if not source.seekable():
            return None
        position = source.tell()
        end = source.seek(0, io.SEEK_END)
        source.seek(position)
    except (OSError, AttributeError):
        return None
    return max(0, end - position)


def read(
    connection: Connection,
    request: pb.ReadFileRequest,
    sink: Callable[[bytes], object],
    progress: Progress | None = None,
) -> File:
    """Passes the bytes of a file, or a range of it, to `sink`; returns the file's metadata.

    Raises IntegrityError if the bytes received are not those that the server sent, and CarrelError.
    """
    report = progress or _ignore
    digest, received, total = hashlib.sha256(), 0, None
    file = summary = None
    call: StreamCall[pb.ReadFileResponse] = connection.stub.ReadFile(request)
    try:
        for message in _messages(connection, call):
            match message.WhichOneof("content"):
                case "file":
                    file = _convert.file(message.file)
                    total = _range_bytes(file.size_bytes, request)
                    report(0, total)
                case "data":
                    digest.update(message.data)
                    received += len(message.data)
                    sink(message.data)
                    report(received, total)
                case "summary":
                    summary = message.summary
    finally:
        call.cancel()
    if file is None or summary is None:
        raise IntegrityError(f"the server's answer for {request.name} is incomplete")
    _verify(
        request.name, "received", (received, digest.hexdigest()), summary.size_bytes, summary.sha256
    )
    return file


def _messages(
    connection: Connection, call: StreamCall[pb.ReadFileResponse]
) -> Iterator[pb.ReadFileResponse]:
    watched = connection.watch(call)
    try:
        with connection.errors_of(watched):
            for message in call:
                watched.progressed = True
                yield message
    finally:
        watched.end()


def _range_bytes(size: int, request: pb.ReadFileRequest) -> int:
    rest = max(0, size - request.offset_bytes)
    return min(rest, request.limit_bytes) if request.limit_bytes else rest


def _verify(
    name: str, done: str, here: tuple[int, str], server_bytes: int, server_sha256: str
) -> None:
    size, sha256 = here
    if size != server_bytes:
        raise IntegrityError(f"{name}: {done} {size} bytes, but the server says {server_bytes}")
    if sha256 != server_sha256:
        raise IntegrityError(f"{name}: the SHA-256 {done} is not the one the server says")


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """Opens a temporary file beside `target` that takes its place when the block succeeds."""
    temporary = target.with_name(f".carrel-{secrets.token_hex(8)}.part")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
