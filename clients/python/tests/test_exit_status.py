import dataclasses

import pytest

from carrel import Cause, Ending, _convert
from carrel.cli.exit_status import exit_status
from fake_server import execution


@pytest.mark.parametrize(
    ("cause", "exit_code", "signal", "status"),
    [
        (Cause.COMPLETED, 0, 0, 0),
        (Cause.EXCEPTION, 0, 0, 1),
        (Cause.SYNTAX_ERROR, 0, 0, 1),
        (Cause.SYSTEM_EXIT, 0, 0, 0),
        (Cause.SYSTEM_EXIT, 7, 0, 7),
        (Cause.SYSTEM_EXIT, -1, 0, 255),
        (Cause.PROCESS_EXIT, 3, 0, 3),
        (Cause.TIMEOUT, 0, 0, 124),
        (Cause.CANCELLED_BY_CALLER, 0, 0, 130),
        (Cause.CRASH, 0, 11, 139),
        (Cause.CRASH, 0, 9, 137),
        (Cause.FORBIDDEN_SYSCALL, 0, 31, 159),
        (Cause.FORBIDDEN_SYSCALL, 0, 0, 159),
        (Cause.MEMORY_LIMIT, 0, 9, 137),
        (Cause.MEMORY_SHORTAGE, 0, 0, 137),
        (Cause.WORKSPACE_LIMIT, 0, 0, 137),
        (Cause.PROTOCOL_VIOLATION, 0, 0, 137),
        (Cause.SESSION_DELETED, 0, 0, 137),
        (Cause.SERVER_ERROR, 0, 0, 2),
        (Cause.UNSPECIFIED, 0, 0, 2),
    ],
)
def test_cause_becomes_exit_status(cause, exit_code, signal, status):
    ended = _convert.execution(execution(exit_code=exit_code, signal=signal))
    ended = dataclasses.replace(ended, cause=cause, ending=Ending.KILLED)
    assert exit_status(ended) == status


@pytest.mark.parametrize(
    "cause",
    [
        Cause.MEMORY_LIMIT,
        Cause.TEMPORARY_LIMIT,
        Cause.WORKSPACE_LIMIT,
        Cause.PROCESS_LIMIT,
        Cause.OPEN_FILE_LIMIT,
    ],
)
def test_code_that_was_refused_more_and_lives_ended_by_an_exception(cause):
    ended = dataclasses.replace(_convert.execution(execution()), cause=cause)
    assert ended.ending is Ending.RETURNED
    assert exit_status(ended) == 1


@pytest.mark.parametrize("cause", list(Cause))
def test_only_success_and_exit_zero_look_like_success(cause):
    ended = _convert.execution(execution(exit_code=1))
    status = exit_status(dataclasses.replace(ended, cause=cause))
    assert (status == 0) == (cause is Cause.COMPLETED)
