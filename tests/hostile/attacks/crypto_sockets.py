"""Asks the kernel for its ciphers by AF_ALG sockets, the way of CVE-2026-31431.

attack: 39
guarantee: G4 G6
observed: {"sockets": "refused", "pairs": "refused"}
"""

import hashlib
import socket

from kit import *

AF_ALG = 38
KINDS = [kind | flags for kind in range(1, 11) for flags in (0, 0o4000, 0o2000000)]
answers = {
    attempt(socket.socket, AF_ALG, kind, protocol) for kind in KINDS for protocol in (0, 1, 17)
}
room = ctypes.create_string_buffer(16)
observed = {
    "sockets": " ".join(sorted(answers)),
    "pairs": in_child(syscall, 53, AF_ALG, socket.SOCK_SEQPACKET, 0, ctypes.addressof(room)),
}
one, two = socket.socketpair()
one.send(hashlib.sha256(b"").digest())
report(observed, two.recv(32).hex().startswith("e3b0c442"))
