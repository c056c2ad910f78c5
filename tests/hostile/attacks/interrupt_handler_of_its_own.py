"""Handles interrupts itself: by starting over, by raising something else, by waiting.

attack: 46
guarantee: G7
timeout: 1
cause: TIMEOUT EXCEPTION
ending: KILLED
"""

import time

from kit import *

control(True)


def handle(number, frame):
    while True:
        time.sleep(0.01)


signal.signal(signal.SIGINT, handle)
while True:
    time.sleep(1)
