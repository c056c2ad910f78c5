"""Reads the network in /proc: connections, sockets, routes, neighbours; then tries to reach them.

Without a network namespace of its own a session sees the names and ports of its container, and reaches none.

attack: 39 16
guarantee: G3 G4
observed: {"listening": [], "sockets": [], "routes": 0, "reached": []}
observed.container: {"listening": ["tcp6"], "sockets": ["unix"], "routes": 0, "reached": []}
observed.restricted: {"listening": ["tcp6"], "sockets": ["unix"], "routes": 0, "reached": []}
"""

import socket

from kit import *


def lines(name):
    try:
        with open(f"/proc/self/net/{name}") as file:
            return file.read().splitlines()[1:]
    except OSError:
        return []


port = f":{facts()['port']:04X}"
listening = [
    n for n in ("tcp", "tcp6", "udp", "raw", "packet") for line in lines(n) if port in line
]
sockets = [n for n in ("unix", "netlink") for line in lines(n) if "carreld" in line or "/" in line]
names = [line.split()[-1] for line in lines("unix") if "/" in line]
reached = [
    name
    for name in {*names, facts()["socket"]}
    if attempt(lambda n=name: socket.socket(socket.AF_UNIX).connect(n)) == "OK"
    or syscall("connect", 0, address(b"\1\0" + name.encode() + b"\0"), 3 + len(name)) == "OK"
    or attempt(lambda n=name: os.read(os.open(n, os.O_RDWR), 1)) == "OK"
]
report(
    {
        "listening": listening,
        "sockets": sorted(set(sockets)),
        "routes": len(lines("route")),
        "reached": reached,
    },
    os.path.exists("/proc/self/status"),
)
