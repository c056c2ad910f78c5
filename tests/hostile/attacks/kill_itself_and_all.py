"""Kills every process it can reach, then itself.

attack: 14 20
guarantee: G3 G8
cause: CRASH
signal: 9
"""

from kit import *

control(True)
if os.getpid() < 1000:  # A low pid means a pid namespace, in which nothing of the host is reached.
    attempt(os.kill, -1, signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
