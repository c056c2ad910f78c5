"""Sends one frame byte by byte, and lets the host wait for each.

attack: 42 43
guarantee: G7
cause: COMPLETED
"""

import time

from kit import *

control(True)
for byte in guest_frame(1, field(4, field(2, b"slow " * 10))):
    os.write(3, bytes([byte]))
    time.sleep(0.002)
