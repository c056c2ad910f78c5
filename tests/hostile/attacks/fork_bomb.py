"""Forks until it cannot; stops by itself after 500, should nothing else stop it.

attack: 18
guarantee: G7
limits: {"process_count": 32}
observed: {"stopped by": "EAGAIN", "within the limit": true}
"""

from kit import *

pids, stopped_by = [], "nothing"
for _ in range(500):
    try:
        pid = os.fork()
    except OSError as error:
        stopped_by = errno.errorcode[error.errno]
        break
    if pid == 0:
        signal.pause()
    pids.append(pid)
for pid in pids:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
report({"stopped by": stopped_by, "within the limit": len(pids) < 32}, len(pids) > 3)
