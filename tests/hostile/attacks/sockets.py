"""Opens sockets of every family and kind.

attack: 39
guarantee: G4
observed: {"opened": [], "connected": []}
"""

import socket

from kit import *

opened = []
for family in range(46):
    for kind in (1, 2, 3, 5):
        for protocol in (0, 1, 6, 17, 58):
            if attempt(socket.socket, family, kind, protocol) == "OK":
                opened.append([family, kind, protocol])
known = facts()
ADDRESSES = [
    ("127.0.0.1", known["port"]),
    ("169.254.169.254", 80),
    ("10.0.2.2", 22),
    ("8.8.8.8", 53),
]
connected = [a for a in ADDRESSES if attempt(socket.create_connection, a, 5) == "OK"]
one, two = socket.socketpair()
one.send(b"x")
report({"opened": opened, "connected": connected}, two.recv(1) == b"x")
