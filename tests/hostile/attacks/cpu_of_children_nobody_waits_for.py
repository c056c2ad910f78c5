"""Computes in children whose end the kernel reports to nobody, since SIGCHLD is ignored.

Each computes for half a second of CPU time, and so is in at least one of the samples of all
processes, which are taken every quarter of a second.

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
    # It returns when the child has ended, without its status or usage.
    attempt(os.waitpid, child, 0)
