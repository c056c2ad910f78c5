"""Has the kernel wait for ever, instead of for the next cell, and hides from interrupts there.

attack: 26 46
guarantee: G7
cause: COMPLETED
next: any
"""

import time

import _carrel

from kit import *

control(True)


def never(woken):
    while True:
        try:
            time.sleep(600)
        except BaseException:
            pass


_carrel.set_idle(never)
