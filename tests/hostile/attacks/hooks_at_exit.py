"""Registers exit functions that hang, fork and print, then leaves in order.

attack: 26
guarantee: G8
cause: SYSTEM_EXIT PROCESS_EXIT
"""

import atexit
import time

from kit import *

control(True)
atexit.register(time.sleep, 1000)
atexit.register(os.fork)
sys.exit(3)
