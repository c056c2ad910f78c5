"""What is left when all sessions were deleted: nothing but what carreld keeps warm."""

from __future__ import annotations

from collections import Counter

from carrel import Client, Limits
from carrel.testing import LocalServer
from events.targets import descriptors_of, launcher_of
from support import PATIENCE, eventually, run, settle, tree_below, warm_count, zygote_and_spare

# No warm session has these, so that one is made for who asks for them.
COLD = Limits(memory_bytes=(256 << 20) + 4096)


class Remains:
    """Knows what a server had when it was fresh, and looks whether it has more."""

    def __init__(self, server: LocalServer, client: Client) -> None:
        self._server = server
        self._client = client
        self._launcher = launcher_of(server)
        self._use()  # What sessions share is made when the first of them needs it.
        self._warm = settle(client)
        self._descriptors = descriptors_of(server.pid)
        sessions = [client.create_session(limits=COLD) for _ in range(3)]
        self._each = (len(descriptors_of(server.pid)) - len(self._descriptors)) // len(sessions)
        for session in sessions:
            session.delete()
        self.check()

    def _use(self) -> None:
        """Has a session do a bit of everything."""
        with self._client.create_session(limits=COLD) as session:
            session.write_bytes(b"x", "a.txt")
            run(session, "import os; print(open('a.txt').read()); open('b.txt', 'w').write('y')")
            session.read_bytes("b.txt")
            session.execute("os._exit(0)")
            run(session, "1")

    def check(self, patience: float = PATIENCE) -> None:
        """Nothing is left, or will be in a while."""
        zygote_and_spare(self._server)  # They may be under way, for longer than that.
        eventually(lambda: not self._surplus(), "nothing is left", patience, self._surplus)

    def _surplus(self) -> list[str]:
        warm = warm_count(self._client)
        pids = {*tree_below(self._server.pid)} - {self._launcher}
        folders = [*(self._server.data_directory / "sessions").iterdir()]
        descriptors = descriptors_of(self._server.pid)
        found = [f"session {session.name}" for session in self._client.sessions()]
        # A zygote, a spare, and of each warm session supervisor and interpreter.
        if len(pids) != 2 + 2 * warm:
            found.append(f"{warm} are warm, but there are {len(pids)} processes")
        if len(folders) != warm:
            found.append(f"{warm} are warm, but there are {len(folders)} folders: {folders}")
        allowed = len(self._descriptors) + self._each * (warm - self._warm)
        if len(descriptors) > allowed:
            more = Counter(descriptors) - Counter(self._descriptors)
            found.append(f"{len(descriptors)} descriptors, not {allowed}, with {dict(more)}")
        return found
