"""Allocates its workspace full without writing: one file over the limit, then many below it.

attack: 34
guarantee: G7
limits: {"workspace_bytes": 33554432}
cause: WORKSPACE_LIMIT
timeout: 20
next: any
"""

import time

from kit import *

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
one = os.open("one", os.O_RDWR | os.O_CREAT)
control(attempt(os.posix_fallocate, one, 0, 33 << 20) == "EFBIG")
for number in range(8):
    os.posix_fallocate(os.open(f"many{number}", os.O_RDWR | os.O_CREAT), 0, 16 << 20)
time.sleep(1000)
