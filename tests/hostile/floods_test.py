"""Sessions share the queues that notify the server of changes: a flood hurts no other session.

The attack alone is attacks/floods_of_changes.py; here a neighbour has the same queue.
"""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest
from bench.processes import cpu_nanoseconds
from carrel import Change, Client, Session
from support import SLOWNESS, local_server, run, value

# The number of queues (sandbox/changes/change_hub.h). With one session more than queues, the last
# one shares the first one's queue.
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
    """Checks that changes are reported; returns the longest time of a cell without changes."""
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
        # The flood goes on between the cells, each time until the server stops watching the
        # session.
        run(flooder, FLOOD)
        for _ in range(10):
            assert check_neighbour(neighbour) < 10 * SLOWNESS
            time.sleep(0.3)
            assert changes(run(flooder, "open('c', 'w').write('x')")).keys() >= {"a", "b", "c"}
        run(flooder, "stop = True\nfor thread in threads: thread.join()")
        check_neighbour(neighbour)
        assert run(flooder, "print(1)").artifacts == ()
        assert changes(run(flooder, "os.remove('c')")) == {"c": Change.DELETED}


# Guest code that could make the server's loop read from its session alone, without end.
FRAMES = """
import array, ctypes, fcntl, os, struct, termios, time
with open("/proc/self/maps") as maps:
    line = next(line for line in maps if "carrel-output" in line)
begin, end = (int(x, 16) for x in line.split()[0].split("-"))
head, tail = (ctypes.c_uint64.from_address(begin + offset) for offset in (0, 64))

def in_child(work):
    if os.fork() == 0:
        try:
            while True:
                work()
        finally:
            os._exit(0)

def tell(fields):
    # Frames with OutputReady, as many as go into the socket at once.
    payload = fields + b"\\x4a\\x00"
    data = (struct.pack("<I", len(payload)) + payload) * 5000
    in_child(lambda: os.write(3, data))
"""
FLOODS = {
    # Each frame requests that the ring be read first, and a child fills that again at once.
    "full_ring": """
records = (end - begin - 128) // 16
ctypes.memmove(begin + 128, struct.pack("<II8s", 8, 0, b"x" * 8) * records, records * 16)
def refill():
    head.value = tail.value // 16 * 16 + records * 16
in_child(refill)
tell(b"\\x40" + b"\\xff" * 9 + b"\\x01")
""",
    # Each frame requests that the pipes be read first, and a child fills them again at once.
    "full_pipes": """
data = b"y" * 65536
in_child(lambda: os.write(1, data))
tell(b"\\x10\\x01")
""",
    # The pipe always holds exactly one byte.
    "dripping_pipe": """
unread = array.array("i", [0])
def drip():
    os.write(1, b"z")
    fcntl.ioctl(1, termios.FIONREAD, unread)
    while unread[0]:
        fcntl.ioctl(1, termios.FIONREAD, unread)
in_child(drip)
tell(b"")
""",
    # Each byte is a packet, which takes a read of its own, and each frame requests that the pipes
    # be read first.
    "packets": """
for pipe in (1, 2):
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_DIRECT)
for _ in range(24):
    in_child(lambda: os.write(1, b"z"))
    in_child(lambda: os.write(2, b"z"))
tell(b"\\x10\\x01")
""",
    # These are the smallest frames possible.
    "small_frames": "tell(b'')",
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_neighbour_of_one_who_is_read_without_end_has_its_turn(target, flood):
    neighbour = target.neighbour
    with target.client.create_session() as session:
        stream = session.stream(FRAMES + flood + "print('ready')\ntime.sleep(1000)")
        time.sleep(1)
        longest = 0.0
        for _ in range(20):
            begin = time.monotonic()
            assert value(neighbour, "6 * 7") == "42"
            longest = max(longest, time.monotonic() - begin)
        print(f"the neighbour's longest cell took {longest:.3f} s")
        session.cancel(stream.execution)
        # A server without the check would not answer before the flood ends.
        assert longest < 10 * SLOWNESS
    target.check_alive()
    target.leftovers.check_processes()


SECONDS = 3.0
# The share of a core in the worst case; a server that never pauses uses nearly all of one.
MOST = 0.5


@pytest.mark.parametrize(
    "flood", [FLOODS["packets"], FLOODS["small_frames"]], ids=["packets", "small_frames"]
)
def test_who_is_read_without_end_has_the_server_compute_little(target, flood):
    with target.client.create_session() as session:
        stream = session.stream(FRAMES + flood + "print('ready')\ntime.sleep(1000)")
        time.sleep(1)
        begin, before = time.monotonic(), sum(cpu_nanoseconds(target.server.pid).values())
        time.sleep(SECONDS)
        spent = sum(cpu_nanoseconds(target.server.pid).values()) - before
        share = spent / 1e9 / (time.monotonic() - begin)
        print(f"the server used {share:.2f} of a core")
        session.cancel(stream.execution)
        assert share < MOST
    target.check_alive()
    target.leftovers.check_processes()
