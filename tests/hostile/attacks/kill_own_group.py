"""Ends its own process group, launcher and all if they were in it.

attack: 20
guarantee: G3 G8
cause: CRASH
signal: 15
"""

from kit import *

control(os.getpgrp() == os.getpid())
os.killpg(0, signal.SIGTERM)
