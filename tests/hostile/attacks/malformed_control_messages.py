"""Sends control messages that are malformed over the frame socket and a pair: lengths, levels, forged credentials.

Where messages are refused only the three bytes without one arrive: too few for a frame, so it waits for the rest.

attack: 41
guarantee: G3 G7
observed: {"forged credentials": ["EPERM", "EINVAL"], "huge": ["EINVAL", "ENOBUFS", "OverflowError"], "bad descriptor": "EBADF"}
observed.restricted: {"forged credentials": "EPERM", "huge": ["EPERM", "OverflowError"], "bad descriptor": "EPERM"}
cause: COMPLETED PROTOCOL_VIOLATION
cause.restricted: PROTOCOL_VIOLATION TIMEOUT
timeout.restricted: 5
next: any
"""

import array
import socket

from kit import *

left, right = socket.socketpair()
SCM_CREDENTIALS = 2


def send(end, kind, data, level=socket.SOL_SOCKET):
    end.sendmsg([b"\0"], [(level, kind, data)], socket.MSG_DONTWAIT)


observed = {
    "forged credentials": attempt(send, left, SCM_CREDENTIALS, struct.pack("<iii", 1, 0, 0)),
    "huge": attempt(send, left, 1, bytes(1 << 20)),
    "bad descriptor": attempt(send, left, 1, array.array("i", [12345])),
}
frames = socket.socket(fileno=os.dup(3))
left.send(b"x")
report(observed, right.recv(1) == b"x")
for level in (socket.SOL_SOCKET, 0, 41, -1):
    for kind in (0, 1, 2, 3, 99):
        for data in (
            b"",
            b"\0",
            b"\xff" * 12,
            struct.pack("<iii", os.getpid(), os.getuid(), os.getgid()),
        ):
            attempt(send, frames, kind, data, level)
for flags in (socket.MSG_OOB, socket.MSG_DONTWAIT | socket.MSG_EOR, socket.MSG_MORE):
    attempt(frames.send, b"\0", flags)
