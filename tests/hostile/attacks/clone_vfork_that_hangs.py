"""Blocks itself in the kernel: a vfork whose child never goes on.

attack: 2 46
guarantee: G7 G8
timeout: 1
cause: TIMEOUT
ending: KILLED
"""

from kit import *

control(True)
if libc.syscall(ctypes.c_long(56), ctypes.c_long(0x4000 | 17), 0, 0, 0, 0) == 0:
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    while True:
        signal.pause()
