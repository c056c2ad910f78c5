"""Computes in children whose end the kernel tells nobody, since SIGCHLD is ignored.

Each computes for half a second of CPU time, and is seen once at least by a look at all processes, which
comes every quarter of a second.

attack: 46
guarantee: G7
limits: {"execution_cpu_time": 2}
cause: CPU_TIME_LIMIT
"""

from kit import *

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
control(True)
while True:
    child = os.fork()
    if child == 0:
        while time.process_time() < 0.5:
            pass
        os._exit(0)
    attempt(os.waitpid, child, 0)  # Comes back when it has ended, and knows nothing of it.
