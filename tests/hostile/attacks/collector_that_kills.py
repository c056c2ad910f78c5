"""Leaves garbage whose finalizers end the process when the collector finds it, in cells to come.

attack: 26
guarantee: G8
cause: COMPLETED PROCESS_EXIT
next: any
"""

import gc

from kit import *

control(True)


class Bomb:
    def __init__(self):
        self.itself = self

    def __del__(self):
        os._exit(9)


gc.set_threshold(10_000_000)
Bomb()
gc.set_threshold(1)
