"""A result whose repr ends the process.

attack: 49
guarantee: G8
cause: PROCESS_EXIT
"""

from kit import *

control(True)


class Exits:
    def __repr__(self):
        os._exit(6)


Exits()
