"""Keeps the frames of its own cell, and has a thread send them again while the next one runs.

attack: 42
guarantee: G7 G9
cause: COMPLETED
next: any
"""

import threading

from kit import *

RECORDED = guest_frame(1, field(4, field(2, b"replayed"))) + guest_frame(1, field(7, b""))


def replay():
    end = time.monotonic() + 3
    while time.monotonic() < end:
        time.sleep(0.05)
        try:
            os.write(3, RECORDED)
        except OSError:
            return


control(True)
start = threading.Timer(0.1, replay)
start.daemon = True
start.start()
