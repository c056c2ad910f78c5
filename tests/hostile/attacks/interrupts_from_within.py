"""Interrupts its own interpreter again and again, during its cell and the next.

attack: 20 46
guarantee: G7
cause: COMPLETED EXCEPTION TIMEOUT
next: any
timeout: 2
"""

import time

from kit import *

control(True)
parent = os.getpid()
if os.fork() == 0:
    os.setsid()
    for _ in range(300):
        os.kill(parent, signal.SIGINT)
        time.sleep(0.01)
    os._exit(0)
time.sleep(0.5)
