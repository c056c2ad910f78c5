"""Passes descriptors between its processes, itself within itself, and more than it may have open.

attack: 40 41
guarantee: G7 G9
limits: {"memory_bytes": 134217728, "open_file_count": 128}
observed: {"passed": true, "stopped by": ["ETOOMANYREFS", "EMFILE", "EAGAIN", "BlockingIOError", "nothing"]}
observed.restricted: {"passed": false, "stopped by": "EPERM"}
"""

import array
import socket

from kit import *

left, right = socket.socketpair()
left.setblocking(False)


def send(end, *files):
    end.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))])


reader, writer = os.pipe()
if attempt(send, left, writer) == "OK":
    got = right.recvmsg(1, 1000)[1]
    passed = array.array("i", got[0][2])[0]
    os.write(passed, b"y")
else:
    left.send(b"x")
os.set_blocking(reader, False)
stopped_by = "nothing"
for _ in range(50):
    one, two = socket.socketpair()
    one.setblocking(False)
    for _ in range(20):
        answer = attempt(
            send, one, one.fileno(), two.fileno(), left.fileno()
        )  # cycles for the kernel to collect
        stopped_by = answer if answer != "OK" else stopped_by
    one.close()
    two.close()
report(
    {
        "passed": attempt(os.read, reader, 1) == "OK",
        "stopped by": stopped_by,
    },
    right.fileno() > 0 and attempt(socket.socketpair) == "OK",
)
