"""Threads that fork, whose children start threads that fork.

attack: 18
guarantee: G7 G8
limits: {"process_count": 32}
observed: {"bounded": true}
"""

import threading
import time

from kit import *

failed = []


def multiply(depth):
    try:
        for _ in range(3):
            threading.Thread(target=multiply, args=(depth + 1,), daemon=True).start()
        if depth < 5 and os.fork() == 0:
            multiply(depth + 1)
            time.sleep(1000)
    except (OSError, RuntimeError) as error:
        failed.append(type(error).__name__)


multiply(0)
deadline = time.monotonic() + patience(10)
while not failed and time.monotonic() < deadline:
    time.sleep(0.01)
report({"bounded": bool(failed)}, True)
