"""Leaves daemons that are stopped, and that are blocked in the kernel, for the end of the session.

attack: 19
guarantee: G8
observed: {"left": 4}
"""

import time

from kit import *

for kind in range(4):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        if kind == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
        if kind == 1:
            os.open(os.mkfifo("pipe") or "pipe", os.O_RDONLY)
        if kind == 2:
            libc.syscall(ctypes.c_long(56), ctypes.c_long(0x4000 | 17), 0, 0, 0, 0)
        while True:
            time.sleep(1000)
for _ in range(4):
    os.wait()
report({"left": 4}, True)
