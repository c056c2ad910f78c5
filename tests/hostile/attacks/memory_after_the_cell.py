"""Leaves a thread that takes all memory once its cell has ended.

attack: 45
guarantee: G7
limits: {"memory_bytes": 67108864, "process_count": 16}
observed: {"left": true}
next: any
"""

import threading
import time

from kit import *

kept = []


def grow():
    time.sleep(0.2)
    while True:
        try:
            kept.append(bytes(1 << 20))
        except MemoryError:
            time.sleep(0.05)


threading.Thread(target=grow, daemon=True).start()
report({"left": True}, True)
