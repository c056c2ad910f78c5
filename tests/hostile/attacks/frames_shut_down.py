"""Shuts the frame socket down, half and whole.

attack: 43
guarantee: G7 G9
cause: PROTOCOL_VIOLATION PROCESS_EXIT CRASH TIMEOUT
timeout: 4
next: any
"""

import socket

from kit import *

control(True)
socket.socket(fileno=os.dup(3)).shutdown(socket.SHUT_RD)
socket.socket(fileno=os.dup(3)).shutdown(socket.SHUT_WR)
signal.pause()
