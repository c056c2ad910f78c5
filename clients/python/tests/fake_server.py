"""A CodeInterpreter with scripted answers. It runs no code: tests/ uses the real one."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2, duration_pb2, empty_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from carrel.v1 import code_interpreter_pb2 as pb
from carrel.v1 import code_interpreter_pb2_grpc as pb_grpc


def fail(
    context: grpc.ServicerContext,
    code: grpc.StatusCode,
    message: str,
    *,
    reason: str = "TEST",
    retry_seconds: int | None = None,
    **metadata: str,
) -> NoReturn:
    """Ends an RPC as carreld does: with ErrorInfo and perhaps RetryInfo."""
    details: list[Any] = [
        error_details_pb2.ErrorInfo(reason=reason, domain="carrel.v1", metadata=metadata)
    ]
    if retry_seconds is not None:
        delay = duration_pb2.Duration(seconds=retry_seconds)
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    packed = []
    for detail in details:
        message_any = any_pb2.Any()
        message_any.Pack(detail)
        packed.append(message_any)
    status = status_pb2.Status(code=code.value[0], message=message, details=packed)
    context.abort_with_status(rpc_status.to_status(status))
    raise AssertionError


def execution(**fields: Any) -> pb.Execution:
    """Returns a finished Execution that succeeded, with `fields` changed."""
    values: dict[str, Any] = {
        "name": "sessions/s1/executions/e1",
        "state": pb.Execution.SUCCEEDED,
        "cause": pb.Execution.COMPLETED,
        "ending": pb.Execution.RETURNED,
        "generation": 1,
        "variables_survived": True,
    }
    return pb.Execution(**(values | fields))


def finished(**fields: Any) -> pb.ExecuteEvent:
    return pb.ExecuteEvent(finished=pb.Finished(execution=execution(**fields)))


def printed(data: bytes, offset: int = 0) -> pb.ExecuteEvent:
    return pb.ExecuteEvent(stdout=pb.Output(data=data, offset_bytes=offset))


STARTED = pb.ExecuteEvent(started=pb.Started(execution="sessions/s1/executions/e1", generation=1))


class FakeInterpreter(pb_grpc.CodeInterpreterServicer):
    """Records requests, and answers with the values that the test put into its attributes."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.requests: list[Any] = []
        self.events: list[pb.ExecuteEvent] = [STARTED, finished()]
        self.session_count = 1
        self.files: dict[str, bytes] = {}
        self.upload_chunks: list[int] = []
        self.upload_ended = threading.Event()
        self.upload_will_break_off = False
        self.cancelled = threading.Event()
        self.before_end: Callable[[], object] = lambda: None
        self.error: dict[str, Any] | None = None
        self.wrong_sha256 = False
        self.truncate_read = False

    def _note(self, request: Any, context: grpc.ServicerContext) -> None:
        self.requests.append(request)
        if self.error is not None:
            fail(context, **self.error)

    def _session(self, name: str) -> pb.Session:
        return pb.Session(name=name, image="minimal", state=pb.Session.IDLE, generation=1)

    def CreateSession(self, request, context):
        self._note(request, context)
        return self._session(f"sessions/{request.session_id or 's1'}")

    def GetSession(self, request, context):
        self._note(request, context)
        return self._session(request.name)

    def UpdateSession(self, request, context):
        self._note(request, context)
        return request.session

    def DeleteSession(self, request, context):
        self._note(request, context)
        return empty_pb2.Empty()

    def ListSessions(self, request, context):
        """Returns pages of one session each."""
        self._note(request, context)
        index = int(request.page_token or 0)
        more = index + 1 < self.session_count
        return pb.ListSessionsResponse(
            sessions=[self._session(f"sessions/s{index + 1}")] if self.session_count else [],
            next_page_token=str(index + 1) if more else "",
        )

    def Execute(self, request, context):
        self._note(request, context)
        # `carrel run` ends a script by a second cell (cli/script_end.py), which prints nothing.
        ends_script = request.code.startswith("exec(")
        events = [STARTED, finished()] if ends_script else self.events
        for sequence, event in enumerate(events, start=1):
            if event.HasField("finished") and not ends_script:
                self.before_end()
            event.sequence = sequence
            yield event

    def WatchExecution(self, request, context):
        self._note(request, context)
        for sequence, event in enumerate(self.events, start=1):
            event.sequence = sequence
            if sequence >= request.start_sequence:
                yield event

    def CancelExecution(self, request, context):
        self._note(request, context)
        self.cancelled.set()
        return execution(name=request.name, state=pb.Execution.RUNNING)

    def ListExecutions(self, request, context):
        self._note(request, context)
        return pb.ListExecutionsResponse(executions=[execution(code="print(1)")])

    def WriteFile(self, requests: Iterator[pb.WriteFileRequest], context):
        call_ended = threading.Event()
        context.add_callback(call_ended.set)
        try:
            spec = next(requests).spec
            self._note(spec, context)
            chunks = [request.data for request in requests]
            # gRPC may report the end of the requests before it reports that the call is cancelled.
            if self.upload_will_break_off and call_ended.wait(30):
                return pb.File()
        finally:
            self.upload_ended.set()
        self.upload_chunks = [len(chunk) for chunk in chunks]
        data = b"".join(chunks)
        if not spec.size_unknown and len(data) != spec.size_bytes:
            fail(context, grpc.StatusCode.ABORTED, "the stream broke off")
        self.files[spec.name] = data
        return self._file(spec.name)

    def _file(self, name: str) -> pb.File:
        data = self.files[name]
        sha256 = hashlib.sha256(b"?" if self.wrong_sha256 else data).hexdigest()
        path = name.partition("/files/")[2]
        return pb.File(name=name, path=path, size_bytes=len(data), sha256=sha256)

    def ReadFile(self, request, context):
        self._note(request, context)
        if request.name not in self.files:
            fail(context, grpc.StatusCode.NOT_FOUND, f"{request.name} does not exist")
        end = request.offset_bytes + request.limit_bytes if request.limit_bytes else None
        data = self.files[request.name][request.offset_bytes : end]
        yield pb.ReadFileResponse(file=self._file(request.name))
        for start in range(0, len(data), 1 << 20):
            yield pb.ReadFileResponse(data=data[start : start + (1 << 20)])
        if not self.truncate_read:
            sha256 = hashlib.sha256(b"?" if self.wrong_sha256 else data).hexdigest()
            yield pb.ReadFileResponse(summary=pb.ReadSummary(size_bytes=len(data), sha256=sha256))

    def ListFiles(self, request, context):
        self._note(request, context)
        return pb.ListFilesResponse(files=[self._file(name) for name in sorted(self.files)])

    def DeleteFile(self, request, context):
        self._note(request, context)
        return empty_pb2.Empty()

    def GetServerInfo(self, request, context):
        self._note(request, context)
        holder = pb.Holder(mechanism="Landlock", proved=True, evidence="EACCES")
        return pb.ServerInfo(
            version="0.1.0",
            images=[pb.Image(name="minimal", python_version="3.11.2")],
            default_image="minimal",
            isolation=pb.IsolationReport(
                lane="native",
                guarantees=[
                    pb.Guarantee(id="G1", description="Reads are confined.", holders=[holder]),
                    pb.Guarantee(id="G2", description="Writes are confined."),
                ],
            ),
        )
