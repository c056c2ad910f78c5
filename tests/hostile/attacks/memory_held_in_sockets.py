"""Holds memory where no process shows it: in socket buffers, descriptors in flight.

Without a network namespace sockets in flight are not counted, only bounded, so there it holds less.

attack: 45 47
guarantee: G7
limits: {"memory_bytes": 134217728}
cause: MEMORY_LIMIT
ending: KILLED
timeout.container: 15
timeout.restricted: 15
cause.container: TIMEOUT MEMORY_LIMIT
cause.restricted: TIMEOUT MEMORY_LIMIT
ending.container:
ending.restricted:
"""

import array
import socket

from kit import *

control(socket.socketpair() is not None)
most = 400 if facts()["lane"] == "native" else 150
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
    carrier.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
    left.close()
    right.close()
    carrier.close()
    held.append(kept)
    if len(held) > most:
        break
while True:
    signal.pause()
