"""Signals process groups: those of the server, its zygotes, the neighbour, and everybody.

Where others can be named the kernel answers "everybody" with success, even if each refused it; the
neighbour reports whether it got any.

attack: 14 20
guarantee: G3 G9
observed: {"reached": [], "everybody else": ["ESRCH", "EPERM"]}
observed.container: {"reached": [], "everybody else": ["ESRCH", "EPERM", "OK"]}
observed.restricted: {"reached": [], "everybody else": ["ESRCH", "EPERM", "OK"]}
"""

from kit import *

HARMLESS = (0, signal.SIGURG, signal.SIGWINCH, signal.SIGCONT)
groups = set(foreign())
for pid in foreign():
    try:
        groups |= {os.getpgid(pid), os.getsid(pid)}
    except OSError:
        pass
groups -= {0, os.getpgrp()}
reached = [
    [g, int(n)]
    for g in sorted(groups)
    for n in HARMLESS
    if attempt(os.killpg, g, n) == "OK" and g > 1
]
# The pid -1 means all processes except pid 1 and the sender.
everybody = attempt(os.kill, -1, signal.SIGURG)
report(
    {"reached": reached, "everybody else": everybody},
    attempt(os.killpg, 0, 0) == "OK",
)
