"""Sleeps for ever, in a lock that nobody opens.

attack: 46
guarantee: G7
timeout: 1
cause: TIMEOUT
ending: INTERRUPTED
"""

import threading

from kit import *

control(True)
lock = threading.Lock()
_ = lock.acquire()
_ = lock.acquire()
