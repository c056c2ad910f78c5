"""Asks name servers, and the addresses where clouds keep their machines' keys.

attack: 39
guarantee: G4
observed: {"resolved": [], "reached": [], "sent": [], "brokers": []}
"""

import re
import socket

from kit import *

NAMES = ["metadata.google.internal", "instance-data", "example.org", "kubernetes.default.svc"]
ADDRESSES = [(socket.AF_INET, ("169.254.169.254", 80)), (socket.AF_INET, ("169.254.170.2", 80)),
             (socket.AF_INET, ("100.100.100.200", 80)), (socket.AF_INET, ("168.63.129.16", 80)),
             (socket.AF_INET6, ("fd00:ec2::254", 80)), (socket.AF_INET6, ("::ffff:169.254.169.254", 80))]  # fmt: skip
# Sockets of services that resolve names for programs without a network.
BROKERS = [
    "/run/nscd/socket",
    "/run/systemd/resolve/io.systemd.Resolve",
    "/run/dbus/system_bus_socket",
]
# A question for the address of example.org.
QUESTION = b"\0\1\1\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1"


def name_servers():
    """Returns the session's name servers, and addresses that are usual on machines."""
    try:
        with open("/etc/resolv.conf") as file:
            found = re.findall(r"^nameserver\s+([\d.]+)$", file.read(), re.MULTILINE)
    except OSError:
        found = []
    return [*found, "127.0.0.53", "127.0.0.1", "8.8.8.8", "10.0.2.3"]


def reach(family, where):
    with socket.socket(family, socket.SOCK_STREAM) as caller:
        caller.settimeout(3)
        caller.connect(where)


def ask(server):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.sendto(QUESTION, (server, 53))


def send_over_pair(server):
    """Sends on a descriptor that is a socket already; the address is of another family."""
    one, _two = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    where = struct.pack("=H", socket.AF_INET) + struct.pack(">H", 53) + socket.inet_aton(server)
    target = ctypes.create_string_buffer(where + bytes(8), 16)
    sent = libc.sendto(one.fileno(), QUESTION, len(QUESTION), 0, target, 16)
    # A connected pair ignores the address: then the other endpoint has got it, and nobody else.
    if sent < 0 or _two.recv(100) == QUESTION:
        raise PermissionError(errno.EACCES, "not sent to a name server")


observed = {
    "resolved": [name for name in NAMES if attempt(socket.getaddrinfo, name, 80) == "OK"],
    "reached": [where[0] for family, where in ADDRESSES if attempt(reach, family, where) == "OK"],
    "sent": [server for server in name_servers()
             if "OK" in (attempt(ask, server), attempt(send_over_pair, server))],
    "brokers": [path for path in BROKERS if os.path.exists(path)],
}  # fmt: skip
one, two = socket.socketpair()
one.sendall(QUESTION)
report(observed, two.recv(100) == QUESTION)
