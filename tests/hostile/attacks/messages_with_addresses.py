"""Sends messages with addresses in them: to the service's socket, abstract ones, by pairs of packets.

attack: 40
guarantee: G4 G9
observed: {"reached": []}
"""

import socket

from kit import *

pairs = [
    socket.socketpair(socket.AF_UNIX, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET)
]
TARGETS = [
    facts()["socket"],
    "\0carrel",
    "/run/systemd/notify",
    "/dev/log",
    "/run/dbus/system_bus_socket",
    "",
]
reached = []
for left, right in pairs:
    for target in TARGETS:
        for send in (
            lambda t=target: left.sendto(b"x", t),
            lambda t=target: left.sendmsg([b"x"], [], 0, t),
        ):
            # A connected pair ignores an address or refuses it; the test is which endpoint got the
            # message.
            sent = attempt(send) == "OK"
            right.setblocking(False)
            if sent and attempt(right.recv, 1) != "OK":
                reached.append(target)
pairs[0][0].send(b"x")
report({"reached": reached}, attempt(pairs[0][1].recv, 1) == "OK")
