"""Sessions share the queues by which the server learns of changes: who floods one hurts nobody.

The attack alone is attacks/floods_of_changes.py; here a neighbour has the same queue.
"""

from __future__ import annotations

import time
from contextlib import ExitStack

from carrel import Change, Client, Session
from support import local_server, run

# sandbox/change_hub.h: with one more session than queues, the last has the first one's.
QUEUES = 16

FLOOD = """
import os, threading, time
for name in "ab":
    open(name, "w").close()
stop = False
def flood():
    while not stop:
        for _ in range(100):
            os.truncate("a", 1)
            os.truncate("b", 1)
threads = [threading.Thread(target=flood, daemon=True) for _ in range(4)]
for thread in threads:
    thread.start()
"""


def changes(result):
    return {artifact.path: artifact.change for artifact in result.artifacts}


def check_neighbour(neighbour: Session) -> float:
    """It is told the truth; returns the longest that a cell took which changed nothing."""
    longest = 0.0
    for number in range(15):
        path = f"f{number}"
        assert changes(run(neighbour, f"open('{path}', 'w').write('x')")) == {path: Change.CREATED}
        begin = time.monotonic()
        assert run(neighbour, f"open('{path}').read()").artifacts == ()
        longest = max(longest, time.monotonic() - begin)
        assert changes(run(neighbour, f"import os; os.remove('{path}')")) == {path: Change.DELETED}
    return longest


def test_neighbour_of_a_flood_is_told_of_its_own_changes():
    with ExitStack() as stack:
        server = stack.enter_context(local_server(images=["minimal"]))
        client = stack.enter_context(Client(server.address))
        sessions = [
            stack.enter_context(client.create_session("minimal")) for _ in range(QUEUES + 1)
        ]
        flooder, neighbour = sessions[0], sessions[-1]
        check_neighbour(neighbour)
        # Between its cells, and again after each of them: until it is watched no more.
        run(flooder, FLOOD)
        for _ in range(10):
            assert check_neighbour(neighbour) < 10
            time.sleep(0.3)
            assert changes(run(flooder, "open('c', 'w').write('x')")).keys() >= {"a", "b", "c"}
        run(flooder, "stop = True\nfor thread in threads: thread.join()")
        check_neighbour(neighbour)
        assert run(flooder, "print(1)").artifacts == ()
        assert changes(run(flooder, "os.remove('c')")) == {"c": Change.DELETED}
