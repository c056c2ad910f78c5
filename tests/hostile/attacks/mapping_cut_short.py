"""Crashes by reading a mapping whose file has been cut short.

attack: 25
guarantee: G8 G9
cause: CRASH
signal: 7
"""

from kit import *

control(True)
file = open("cut", "w+b")
file.truncate(8192)
mapping = mmap.mmap(file.fileno(), 8192)
file.truncate(0)
mapping[5000]
