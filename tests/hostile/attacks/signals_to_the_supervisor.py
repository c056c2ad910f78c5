"""Sends its supervisor every signal that does nothing by default, and SIGCHLD by the thousand.

attack: 14 20
guarantee: G3 G8
observed: {"answers": ["EPERM"], "storm": "EPERM"}
"""

from kit import *

HARMLESS = (0, signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH)
supervisor = os.getppid()
answers = {attempt(os.kill, supervisor, number) for number in HARMLESS}
storm = {attempt(os.kill, supervisor, signal.SIGCHLD) for _ in range(5000)}
report(
    {"answers": sorted(answers), "storm": " ".join(storm)}, attempt(os.kill, os.getpid(), 0) == "OK"
)
