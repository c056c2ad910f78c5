"""The connection to a server, and the entry point of the client."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Self

from carrel import _convert
from carrel._connection import Connection
from carrel._names import session_name
from carrel.server_info import ServerInfo
from carrel.session import Session
from carrel.types import Limits
from carrel.v1 import code_interpreter_pb2 as pb

DEFAULT_TARGET = "127.0.0.1:7411"
ADDRESS_VARIABLE = "CARREL_ADDRESS"


class Client:
    """A connection to a carreld; thread-safe. Leaving a `with` block closes it.

        with Client() as client, client.create_session() as session:
            print(session.execute("6 * 7").text)

    Methods raise CarrelError; Unavailable if the server cannot be reached.
    """

    def __init__(self, target: str | None = None, *, rpc_timeout: float = 60) -> None:
        """Prepares a connection; it is made with the first call.

        Args:
            target: "host:port" or "unix:/path"; $CARREL_ADDRESS or 127.0.0.1:7411 if None.
            rpc_timeout: seconds a call may take. Cells and transfers take as long as they need, but
                fail with Unavailable once the server has stood still for that long (9 s at least,
                a minute at most); a cell may be silent for hours meanwhile.
        """
        self.target = target or os.environ.get(ADDRESS_VARIABLE) or DEFAULT_TARGET
        self._connection = Connection(self.target, rpc_timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; sessions live on at the server."""
        self._connection.close()

    def create_session(
        self,
        image: str = "",
        *,
        session_id: str = "",
        labels: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        idle_timeout: timedelta | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Session:
        """Opens a session: a fresh interpreter with an empty workspace.

        Args:
            image: the Python environment; the server's default if empty.
            session_id: the id to give it; the server makes one if empty.
            labels: your own keys and values, see sessions().
            limits: the session's limits; None takes the image's default.
            idle_timeout: the session is deleted when unused for this long.
            env: environment variables of its code.

        Raises:
            AlreadyExists: the id is taken.
            NotFound: the image is not served.
            ResourceExhausted: too many sessions; see retry_after.
        """
        wanted = pb.Session(image=image, labels=labels or {}, env=env or {})
        if limits is not None:
            wanted.limits.CopyFrom(_convert.limits_to_proto(limits))
        if idle_timeout is not None:
            wanted.idle_timeout.CopyFrom(_convert.duration(idle_timeout))
        request = pb.CreateSessionRequest(session_id=session_id, session=wanted)
        created = self._connection.call(self._connection.stub.CreateSession, request)
        return Session(self._connection, _convert.session(created))

    def session(self, session: str) -> Session:
        """Returns the session with this id or name; raises NotFound if there is none."""
        request = pb.GetSessionRequest(name=session_name(session))
        found = self._connection.call(self._connection.stub.GetSession, request)
        return Session(self._connection, _convert.session(found))

    def sessions(self, filter: str = "", *, page_size: int = 200) -> Iterator[Session]:
        """Iterates over the sessions, by name.

        `filter` holds terms joined by " AND ": `labels.KEY = "VALUE"` or `labels.KEY:*`.
        """
        request = pb.ListSessionsRequest(filter=filter, page_size=page_size)
        while True:
            page = self._connection.call(self._connection.stub.ListSessions, request)
            for message in page.sessions:
                yield Session(self._connection, _convert.session(message))
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def info(self) -> ServerInfo:
        """Describes the server: version, images, limits and how isolation is enforced."""
        request = pb.GetServerInfoRequest()
        return _convert.info(self._connection.call(self._connection.stub.GetServerInfo, request))
