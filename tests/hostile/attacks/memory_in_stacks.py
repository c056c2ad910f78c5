"""Grows stacks: its own by recursion in C, and those of threads.

attack: 45
guarantee: G7
limits: {"memory_bytes": 134217728, "process_count": 64}
observed: {"raised": [], "threads": ["RuntimeError", "MemoryError", "ValueError"]}
"""

import resource
import threading

from kit import *

raised = [n for n in ("RLIMIT_STACK", "RLIMIT_DATA", "RLIMIT_MEMLOCK")
          if attempt(resource.setrlimit, getattr(resource, n), (1 << 34, 1 << 34)) == "OK"]  # fmt: skip
gate, threads = threading.Event(), []


def start():
    threading.stack_size(256 << 20)
    for _ in range(100):
        threads.append(threading.Thread(target=gate.wait, daemon=True))
        threads[-1].start()


answer = attempt(start)
gate.set()
report({"raised": raised, "threads": answer}, attempt(threading.stack_size, 1 << 20) == "OK")
