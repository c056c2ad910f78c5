"""Ends with an exception whose text never comes.

attack: 49
guarantee: G7
cause: TIMEOUT
timeout: 1
"""

from kit import *

control(True)


class HangsError(Exception):
    def __str__(self):
        while True:
            n = 1


raise HangsError
