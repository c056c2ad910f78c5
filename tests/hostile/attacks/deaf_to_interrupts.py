"""Ignores interrupts, in Python and in its signal mask, and goes on.

attack: 46
guarantee: G7
timeout: 1
cause: TIMEOUT
ending: KILLED
"""

from kit import *

control(True)
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
while True:
    try:
        n = 0
        while True:
            n = 1
    except BaseException:
        pass
