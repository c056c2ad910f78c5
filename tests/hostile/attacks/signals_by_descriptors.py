"""Makes others the owners of its descriptors, so that input and output signal them.

Whether a signal came is the neighbour's to say: it counts them.

attack: 14
guarantee: G3 G9
cause: COMPLETED
"""

import fcntl
import socket
import time

from kit import *

F_SETSIG, F_SETOWN_EX = 10, 15
got = []
signal.signal(signal.SIGURG, lambda *_: got.append(1))
left, right = socket.socketpair()


def shoot(owner):
    """Makes `owner` the process that is signalled on input of `left`, then sends."""
    fcntl.fcntl(left, fcntl.F_SETOWN, owner)
    fcntl.fcntl(left, F_SETSIG, signal.SIGURG)
    fcntl.fcntl(left, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    right.send(b"x")
    time.sleep(0.001)


for target in foreign():
    for owner in (target, -target):
        attempt(shoot, owner)
    for kind in range(3):
        attempt(fcntl.fcntl, left, F_SETOWN_EX, struct.pack("<ii", kind, target))
        attempt(right.send, b"x")
shoot(os.getpid())
control(got)
