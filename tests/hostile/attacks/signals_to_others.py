"""Reaches for other processes by signals: every pid, pid 1, the service, a sibling session.

Signal 0 asks for permission and does no harm.

attack: 14
guarantee: G3 G9
observed: {"reached": [], "pid 1": "EPERM", "host": [], "everyone": ["OK", "ESRCH", "EPERM"]}
"""

from kit import *

own = os.fork()
if own == 0:
    signal.pause()
mine = {os.getpid(), own}
reached = [pid for pid in range(2, 40_000) if pid not in mine and attempt(os.kill, pid, 0) == "OK"]
known = facts()
host = [pid for pid in known["pids"] if pid not in mine and attempt(os.kill, pid, 0) == "OK"]
everyone = in_child(attempt, os.kill, -1, 0)
control_passed = attempt(os.kill, own, signal.SIGKILL) == "OK" and os.waitpid(own, 0)[0] == own
report(
    {"reached": reached, "pid 1": attempt(os.kill, 1, 0), "host": host, "everyone": everyone},
    control_passed,
)
