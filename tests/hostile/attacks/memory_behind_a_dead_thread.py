"""Grows across children whose first thread has ended, so that /proc/<pid>/statm shows nothing.

attack: 45
guarantee: G7
limits: {"memory_bytes": 134217728}
cause: MEMORY_LIMIT
ending: KILLED
"""

import threading

from kit import *

SYS_EXIT = 60


def hold(size):
    block = b"x" * size
    while block:
        signal.pause()


control(True)
for _ in range(6):
    if os.fork() == 0:
        threading.Thread(target=hold, args=(60 << 20,)).start()
        # The function that ends a thread alone; os._exit ends them all.
        ctypes.CDLL(None).syscall(SYS_EXIT, 0)
while True:
    signal.pause()
