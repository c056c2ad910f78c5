"""Ends the process from a thread, while the cell runs and a fault handler waits.

attack: 25
guarantee: G8
cause: PROCESS_EXIT
"""

import faulthandler
import threading
import time

from kit import *

control(True)
faulthandler.dump_traceback_later(0.01, repeat=True)
threading.Timer(0.05, os._exit, (0,)).start()
time.sleep(1000)
