"""After all sessions were deleted, only warm interpreters are left."""

from __future__ import annotations

from collections import Counter

from carrel import Client, Limits
from carrel.testing import LocalServer
from events.targets import descriptors_of, launcher_of
from support import PATIENCE, eventually, run, settle, tree_below, warm_count, zygote_and_spare

# No warm session has these limits, so one is made on request.
COLD = Limits(memory_bytes=(256 << 20) + 4096)


class Remains:
    """Records the resources of a fresh server, and checks later that it has no more."""

    def __init__(self, server: LocalServer, client: Client) -> None:
        self._server = server
        self._client = client
        self._launcher = launcher_of(server)
        self._use()  # The first session creates what all sessions share.
        self._warm = settle(client)
        self._descriptors = descriptors_of(server.pid)
        sessions = [client.create_session(limits=COLD) for _ in range(3)]
        self._each = (len(descriptors_of(server.pid)) - len(self._descriptors)) // len(sessions)
        for session in sessions:
            session.delete()
        self.check()

    def _use(self) -> None:
        """Makes a session do a bit of everything."""
        with self._client.create_session(limits=COLD) as session:
            session.write_bytes(b"x", "a.txt")
            run(session, "import os; print(open('a.txt').read()); open('b.txt', 'w').write('y')")
            session.read_bytes("b.txt")
            session.execute("os._exit(0)")
            run(session, "1")

    def check(self, patience: float = PATIENCE) -> None:
        """Waits until nothing is left."""
        zygote_and_spare(self._server)  # The zygotes may be starting for longer than that.
        eventually(lambda: not self._surplus(), "nothing is left", patience, self._surplus)

    def _surplus(self) -> list[str]:
        warm = warm_count(self._client)
        pids = {*tree_below(self._server.pid)} - {self._launcher}
        folders = [*(self._server.data_directory / "sessions").iterdir()]
        descriptors = descriptors_of(self._server.pid)
        found = [f"session {session.name}" for session in self._client.sessions()]
        # There are a zygote, a spare, and each warm session's supervisor and interpreter.
        if len(pids) != 2 + 2 * warm:
            found.append(f"{warm} are warm, but there are {len(pids)} processes")
        if len(folders) != warm:
            found.append(f"{warm} are warm, but there are {len(folders)} folders: {folders}")
        allowed = len(self._descriptors) + self._each * (warm - self._warm)
        if len(descriptors) > allowed:
            more = Counter(descriptors) - Counter(self._descriptors)
            found.append(f"{len(descriptors)} descriptors, not {allowed}, with {dict(more)}")
        return found
