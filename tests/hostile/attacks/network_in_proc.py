"""Reads what /proc tells of the network: connections, sockets, routes, neighbours.

attack: 39 16
guarantee: G3 G4
observed: {"listening": [], "sockets": [], "routes": 0}
"""

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
report(
    {"listening": listening, "sockets": sorted(set(sockets)), "routes": len(lines("route"))},
    os.path.exists("/proc/self/status"),
)
