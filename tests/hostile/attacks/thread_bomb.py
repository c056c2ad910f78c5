"""Starts threads until it cannot; stops by itself after 500, should nothing else stop it.

attack: 18 47
guarantee: G7
limits: {"process_count": 32}
observed: {"stopped by": "RuntimeError", "within the limit": true}
"""

import threading

from kit import *

gate, threads, stopped_by = threading.Event(), [], "nothing"
for _ in range(500):
    thread = threading.Thread(target=gate.wait)
    try:
        thread.start()
    except Exception as error:
        stopped_by = type(error).__name__
        break
    threads.append(thread)
gate.set()
for thread in threads:
    thread.join()
report({"stopped by": stopped_by, "within the limit": len(threads) < 32}, len(threads) > 3)
