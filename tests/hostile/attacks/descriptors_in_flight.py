"""Keeps as many descriptors in flight as the kernel lets its user have: others must still be able to pass theirs.

The kernel counts them by user, and asks the sender's limit of open files; sessions start by passing descriptors.

attack: 43 47
guarantee: G7 G9
observed: {"sent": "many", "stopped by": "ETOOMANYREFS"}
"""

import array
import socket

from kit import *

MOST = 20_000
each = array.array("i", [os.open("/dev/null", os.O_RDONLY)] * 253)
held, sent, stopped_by = [], 0, "nothing"
while sent < MOST and stopped_by == "nothing":
    left, right = socket.socketpair()
    held += [left, right]
    left.setblocking(False)
    try:
        while sent < MOST:
            left.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, each)])
            sent += len(each)
    except BlockingIOError:
        pass
    except OSError as error:
        stopped_by = errno.errorcode[error.errno]
# What is left to send one by one.
for pair in range(300):
    left, right = socket.socketpair()
    try:
        left.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, each[:1])])
    except OSError:
        break
    held += [left, right]
report(
    {"sent": "many" if sent > 500 else sent, "stopped by": stopped_by},
    attempt(socket.socketpair) == "OK",
)
