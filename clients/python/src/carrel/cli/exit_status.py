"""The exit status by which a shell learns how a cell ended."""

from __future__ import annotations

import signal

from carrel.types import Cause, Ending, Execution

SUCCESS = 0
EXCEPTION = 1
ERROR = 2  # usage, connection, or a fault of the server
TIMEOUT = 124  # as timeout(1)
CANCELLED = 128 + signal.SIGINT
KILLED = 128 + signal.SIGKILL

_BY_CAUSE = {
    Cause.COMPLETED: SUCCESS,
    Cause.EXCEPTION: EXCEPTION,
    Cause.SYNTAX_ERROR: EXCEPTION,
    Cause.TIMEOUT: TIMEOUT,
    Cause.CPU_TIME_LIMIT: TIMEOUT,
    Cause.CANCELLED_BY_CALLER: CANCELLED,
    Cause.MEMORY_LIMIT: KILLED,
    Cause.MEMORY_SHORTAGE: KILLED,
    Cause.WORKSPACE_LIMIT: KILLED,
    Cause.FILE_COUNT_LIMIT: KILLED,
    Cause.TEMPORARY_LIMIT: KILLED,
    Cause.PROCESS_LIMIT: EXCEPTION,
    Cause.OPEN_FILE_LIMIT: EXCEPTION,
    Cause.PROTOCOL_VIOLATION: KILLED,
    Cause.SESSION_DELETED: KILLED,
    Cause.SERVER_ERROR: ERROR,
}
# Limits that the code may notice as an exception, so that it can return.
_MAY_RETURN = {Cause.MEMORY_LIMIT, Cause.TEMPORARY_LIMIT, Cause.WORKSPACE_LIMIT}


def exit_status(execution: Execution) -> int:
    """Returns the exit status for a finished execution."""
    match execution.cause:
        case Cause.SYSTEM_EXIT | Cause.PROCESS_EXIT:
            return execution.exit_code & 0xFF
        case Cause.CRASH:
            return 128 + (execution.signal or signal.SIGKILL)
        case Cause.FORBIDDEN_SYSCALL:
            return 128 + (execution.signal or signal.SIGSYS)
        case cause if execution.ending is Ending.RETURNED and cause in _MAY_RETURN:
            return EXCEPTION  # It was refused more, and lives on.
        case cause:
            return _BY_CAUSE.get(cause, ERROR)
