"""Names: unknown ones are NOT_FOUND, malformed ones INVALID_ARGUMENT; lists have pages."""

from __future__ import annotations

import pytest
from carrel import AlreadyExists, InvalidArgument, NotFound
from carrel.v1 import code_interpreter_pb2 as pb
from support import error_of, run


def _calls(session, execution, file):
    """Every method that takes a name: (method, request or requests)."""
    mask = {"paths": ["labels"]}
    write = [pb.WriteFileRequest(spec=pb.WriteFileSpec(name=file, size_unknown=True))]
    return {
        "GetSession": pb.GetSessionRequest(name=session),
        "UpdateSession": pb.UpdateSessionRequest(
            session=pb.Session(name=session), update_mask=mask
        ),
        "DeleteSession": pb.DeleteSessionRequest(name=session),
        "Execute": pb.ExecuteRequest(session=session, code="1"),
        "WatchExecution": pb.WatchExecutionRequest(name=execution),
        "CancelExecution": pb.CancelExecutionRequest(name=execution),
        "GetExecution": pb.GetExecutionRequest(name=execution),
        "ListExecutions": pb.ListExecutionsRequest(parent=session),
        "WriteFile": iter(write),
        "ReadFile": pb.ReadFileRequest(name=file),
        "GetFile": pb.GetFileRequest(name=file),
        "ListFiles": pb.ListFilesRequest(parent=session),
        "DeleteFile": pb.DeleteFileRequest(name=file),
    }


METHODS = list(_calls("", "", ""))


@pytest.mark.parametrize("method", METHODS)
def test_unknown_session_is_named(stub, method):
    name = "sessions/nobody"
    request = _calls(name, f"{name}/executions/e", f"{name}/files/f")[method]
    error = error_of(getattr(stub, method), request)
    assert isinstance(error, NotFound), error
    assert "sessions/nobody" in str(error)
    assert error.reason == "SESSION_NOT_FOUND"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["", "nonsense", "sessions/", "sessions/../x", "sessions/A"])
def test_malformed_name_is_refused(stub, method, name):
    request = _calls(name, f"{name}/executions/e", f"{name}/files/f")[method]
    error = error_of(getattr(stub, method), request)
    assert isinstance(error, InvalidArgument), error
    assert error.field.rpartition(".")[2] in {"name", "session", "parent"}


@pytest.mark.parametrize("method", ["WatchExecution", "CancelExecution", "GetExecution"])
def test_unknown_execution_is_named(stub, session, method):
    name = f"{session.name}/executions/nothing"
    error = error_of(getattr(stub, method), _calls(session.name, name, "")[method])
    assert isinstance(error, NotFound), error
    assert error.reason == "EXECUTION_NOT_FOUND"
    assert error.metadata["resource"] == name


@pytest.mark.parametrize("method", ["ReadFile", "GetFile", "DeleteFile"])
def test_unknown_file_is_named(stub, session, method):
    name = f"{session.name}/files/folder/nothing.txt"
    error = error_of(getattr(stub, method), _calls(session.name, "", name)[method])
    assert isinstance(error, NotFound), error
    assert error.reason == "FILE_NOT_FOUND"
    assert error.metadata["resource"] == name


def test_chosen_execution_id_is_the_name_and_exists_once(session):
    result = run(session, "1", execution_id="first")
    assert result.execution.name == f"{session.name}/executions/first"
    with pytest.raises(AlreadyExists) as error:
        session.execute("2", execution_id="first")
    assert error.value.reason == "EXECUTION_EXISTS"
    with pytest.raises(InvalidArgument) as malformed:
        session.execute("2", execution_id="No Good")
    assert malformed.value.field == "execution_id"


def test_pages_of_sessions_hold_each_session_once_in_order(client, stub):
    opened = [
        client.create_session("minimal", labels={"pages": "yes"}, session_id=f"page-{number}")
        for number in range(5)
    ]
    request = pb.ListSessionsRequest(page_size=2, filter="labels.pages:*")
    sizes, names = [], []
    while True:
        page = stub.ListSessions(request)
        sizes.append(len(page.sessions))
        names += [item.name for item in page.sessions]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert sizes == [2, 2, 1]
    assert names == [session.name for session in opened]
    for session in opened:
        session.delete()


def test_filter_selects_by_labels(client):
    with (
        client.create_session("minimal", labels={"team": "red", "stage": "test"}) as red,
        client.create_session("minimal", labels={"team": 'b"l\\ue'}) as blue,
        client.create_session("minimal"),
    ):

        def names(text):
            return {session.name for session in client.sessions(text)}

        assert names('labels.team = "red"') == {red.name}
        assert names("labels.team:*") == {red.name, blue.name}
        assert names(r'labels.team = "b\"l\\ue"') == {blue.name}
        assert names('labels.team:* AND labels.stage = "test"') == {red.name}
        assert names('labels.team = "green"') == set()


@pytest.mark.parametrize(
    "text", ["team", "labels.team =", 'labels.team = "x', "image = 'x'", "AND"]
)
def test_malformed_filter_is_refused(client, text):
    with pytest.raises(InvalidArgument) as error:
        list(client.sessions(text))
    assert error.value.field == "filter"


def test_page_token_and_size_are_checked(stub, session):
    lists = [
        (stub.ListSessions, pb.ListSessionsRequest()),
        (stub.ListExecutions, pb.ListExecutionsRequest(parent=session.name)),
        (stub.ListFiles, pb.ListFilesRequest(parent=session.name)),
    ]
    for method, request in lists:
        request.page_size = -1
        assert error_of(method, request).field == "page_size"
        request.page_size = 0
        request.page_token = "made up"
        assert error_of(method, request).field == "page_token"


def test_history_lists_executions_oldest_first_in_pages(session):
    names = [run(session, f"{number}").execution.name for number in range(5)]
    listed = list(session.executions(page_size=2))
    assert [execution.name for execution in listed] == names
    assert listed[3].code == "3"
    assert session.execution(names[3]) == listed[3]


def test_history_forgets_the_oldest_beyond_its_bound(strict_session):
    names = [run(strict_session, str(number)).execution.name for number in range(8)]
    assert [execution.name for execution in strict_session.executions()] == names[-5:]
    with pytest.raises(NotFound):
        strict_session.execution(names[0])
