"""Binds, connects, listens, accepts, and sets options on the socket pairs that it may have.

attack: 39 40
guarantee: G4 G7
observed: {"not refused": [], "sizes set": []}
"""

import socket

from kit import *

left, right = socket.socketpair()
end = left.fileno()
inet = address(
    struct.pack("<H", 2)
    + struct.pack(">H", facts()["port"])
    + socket.inet_aton("127.0.0.1")
    + bytes(8)
)
unix = address(struct.pack("<H", 1) + facts()["socket"].encode() + b"\0")
abstract = address(struct.pack("<H", 1) + b"\0carrel-test")
cases = {
    f"{call} {n}": (call, end, a, 110)
    for call in ("connect", "bind")
    for n, a in enumerate((inet, unix, abstract))
}
cases |= {
    "listen": ("listen", end, 5),
    "accept": ("accept", end, 0, 0),
    "accept4": (288, end, 0, 0, 0),
}
cases |= {
    f"option {n}": ("setsockopt", end, 1, n, address(struct.pack("<i", 1 << 20)), 4)
    for n in (16, 26, 32, 33)
}
cases |= {
    "sendto": (44, end, address(b"x"), 1, 0, unix, 110),
    "sendmmsg": ("sendmmsg", end, address(bytes(64)), 1, 0),
}
not_refused = refusals(syscall, cases)
# The sizes of its buffers are what no watchdog would count: asking is answered, and sets nothing.
sizes = {n: left.getsockopt(socket.SOL_SOCKET, n) for n in (7, 8)}
for n in sizes:
    for wish in (1, 1 << 20, 1 << 30):
        left.setsockopt(socket.SOL_SOCKET, n, wish)
changed = [n for n, size in sizes.items() if left.getsockopt(socket.SOL_SOCKET, n) != size]
left.send(b"x")
report({"not refused": not_refused, "sizes set": changed}, right.recv(1) == b"x")
