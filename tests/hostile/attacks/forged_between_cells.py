"""Leaves a thread that writes to the frame socket when its cell has ended: text, ends, readiness.

attack: 42
guarantee: G7 G9
cause: COMPLETED PROTOCOL_VIOLATION
next: any
"""

import threading
import time

from kit import *

control(True)


def write():
    time.sleep(0.2)
    for _ in range(20):
        os.write(3, guest_frame(0, field(4, field(2, b"between"))))
    os.write(3, guest_frame(2, field(7, b"")))


threading.Thread(target=write).start()
