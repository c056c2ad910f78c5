"""A result whose repr never returns.

attack: 49
guarantee: G7
timeout: 1
cause: TIMEOUT
"""

from kit import *

control(True)


class Hangs:
    def __repr__(self):
        while True:
            n = 1


Hangs()
