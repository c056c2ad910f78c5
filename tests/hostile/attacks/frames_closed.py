"""Writes to the frame socket itself: nothing: it closes it.

attack: 42
guarantee: G7 G9
cause: PROTOCOL_VIOLATION PROCESS_EXIT CRASH
next: any
"""

from kit import *

control(True)
os.close(3)
signal.pause()
