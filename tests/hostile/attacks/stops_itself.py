"""Stops its own interpreter, so that no interrupt reaches it.

attack: 20 46
guarantee: G7
timeout: 1
cause: TIMEOUT
ending: KILLED
"""

from kit import *

control(True)
os.kill(os.getpid(), signal.SIGSTOP)
