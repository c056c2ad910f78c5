"""Keeps as many descriptors in flight as it can: the kernel counts them per user, and starting a session needs some.

attack: 41 47
guarantee: G7 G9
observed: {"ended": ["ETOOMANYREFS", "EMFILE"]}
observed.restricted: {"ended": "EPERM"}
"""

import array
import socket

from kit import *

kept = []  # The list keeps them for as long as the session lives.
payload = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 200).tobytes())]
ended = "OK"
for _ in range(200):
    pair = socket.socketpair()
    kept.append(pair)
    pair[0].setblocking(False)
    ended = attempt(pair[0].sendmsg, [b"x"], payload)
    if ended != "OK":
        break
report({"ended": ended}, len(kept) > 0)
