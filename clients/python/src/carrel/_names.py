"""Resource names: `sessions/{id}`, `…/executions/{id}`, `…/files/{path}`."""

from __future__ import annotations

import uuid
from pathlib import PurePosixPath

from carrel.types import Artifact, Execution, File

# The path at which a session's own code sees its workspace.
WORKSPACE = "/mnt/data/"

RemoteFile = str | File | Artifact
"""A path relative to /mnt/data, a path below it, a resource name in the same session, or what a
listing or an execution named."""


def session_name(session: str) -> str:
    """Returns `sessions/{id}` for an id or a name."""
    return session if session.startswith("sessions/") else f"sessions/{session}"


def execution_name(session: str, execution: str | Execution) -> str:
    """Returns the full name of an execution given as such, by name or by id."""
    if isinstance(execution, Execution):
        return execution.name
    if execution.startswith("sessions/"):
        return execution
    return f"{session}/executions/{execution}"


def file_name(session: str, file: RemoteFile) -> str:
    """Returns the resource name of a file of a session's workspace."""
    if isinstance(file, str):
        if file.startswith(f"{session}/"):
            return file
        return f"{session}/files/{file.removeprefix(WORKSPACE)}"
    return file.name


def local_name(name: str) -> str:
    """Returns the name for a local copy of a file or displayed image that is given by name.

    The first image of each execution is called 1.png there, so the execution's id is part of the
    name.
    """
    path = PurePosixPath(name)
    if "/files/" not in name and path.parent.name == "images":
        return f"{path.parent.parent.name}-{path.name}"
    return path.name


def new_execution_id() -> str:
    """Returns an id that no other execution has."""
    return f"run-{uuid.uuid4().hex[:20]}"
