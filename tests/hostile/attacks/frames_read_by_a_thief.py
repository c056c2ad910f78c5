"""Leaves a child that reads the frame socket, so that the next cell's code goes to it.

attack: 43
guarantee: G7 G9
cause: COMPLETED
next: any
"""

from kit import *

control(True)
if os.fork() == 0:
    os.setsid()
    while True:
        os.read(3, 65536)
