"""Sends to unix sockets, pathname and abstract, with and without connecting: the service's own first.

attack: 40
guarantee: G4 G9
observed: {"socket": "EACCES", "reached": [], "datagram pair": ["EACCES", "EPERM"]}
"""

import socket

from kit import *

PATHS = [facts()["socket"], "/run/dbus/system_bus_socket", "/var/run/docker.sock", "/dev/log",
         "\0carrel", "\0/tmp/.X11-unix/X0"]  # fmt: skip
one, two = socket.socketpair()
reached = [path for path in PATHS if attempt(one.sendto, b"x", path) == "OK"]
reached += [path for path in PATHS if attempt(one.sendmsg, [b"x"], [], 0, path) == "OK"]
reached += [path for path in PATHS if attempt(one.connect, path) == "OK"]
reached += [path for path in PATHS if attempt(one.bind, path) == "OK"]
one.send(b"x")
report(
    {
        "socket": attempt(socket.socket, socket.AF_UNIX),
        "reached": reached,
        "datagram pair": attempt(socket.socketpair, socket.AF_UNIX, socket.SOCK_DGRAM),
    },
    two.recv(1) == b"x",
)
