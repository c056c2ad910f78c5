"""Writes to the frame socket itself: nothing: it puts /dev/null in its place.

attack: 42
guarantee: G7 G9
cause: PROTOCOL_VIOLATION PROCESS_EXIT CRASH
next: any
"""

from kit import *

control(True)
os.dup2(os.open("/dev/null", os.O_RDWR), 3)
