"""Holds memory where no process shows it: in socket buffers, descriptors in flight.

In container mode sockets in flight are not counted, only bounded, so there it holds less. In
restricted mode none can be in flight: it holds them open.

attack: 45 47
guarantee: G7
limits: {"memory_bytes": 67108864}
cause: MEMORY_LIMIT
ending: KILLED
timeout.container: 15
cause.container: TIMEOUT MEMORY_LIMIT
ending.container:
"""

import array
import socket

from kit import *

control(socket.socketpair() is not None)
most = 150 if facts()["lane"] == "container" else 400
held = []
for _ in range(4000):
    left, right = socket.socketpair()
    for end in (left, right):
        end.setblocking(False)
        try:
            while True:
                end.send(bytes(65536))
        except BlockingIOError:
            pass
    # Off this process's table: the pair lives on in a message that nobody reads.
    carrier, kept = socket.socketpair()
    fds = array.array("i", [left.fileno(), right.fileno()])
    if attempt(carrier.sendmsg, [b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)]) == "OK":
        left.close()
        right.close()
        held.append(kept)
    else:
        held.append((left, right))
    carrier.close()
    if len(held) > most:
        break
while True:
    signal.pause()
