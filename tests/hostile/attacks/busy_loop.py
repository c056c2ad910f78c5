"""Computes without end: an interrupt ends it, and its variables survive.

attack: 46
guarantee: G7
timeout: 1
cause: TIMEOUT
ending: INTERRUPTED
"""

from kit import *

control(True)
while True:
    n = 1
