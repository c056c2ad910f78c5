"""Grows across children and in /dev/shm, so that no one process is large.

attack: 45
guarantee: G7
limits: {"memory_bytes": 134217728}
cause: MEMORY_LIMIT
ending: KILLED
"""

from kit import *

control(True)
for _ in range(6):
    if os.fork() == 0:
        block = b"x" * (60 << 20)
        signal.pause()
while True:
    signal.pause()
