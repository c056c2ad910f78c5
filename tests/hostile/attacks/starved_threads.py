"""Stops the interpreter's lock from changing hands, and gives it to a thread that burns.

attack: 26 46
guarantee: G7 G8
timeout: 1
cause: TIMEOUT
ending: KILLED
"""

import threading
import time

from kit import *


def burn():
    while True:
        pass


control(True)
sys.setswitchinterval(1000)
threading.Thread(target=burn, daemon=True).start()
time.sleep(0.1)
