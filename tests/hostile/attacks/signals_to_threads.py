"""Signals threads of other processes: tkill and tgkill, with signals that do no harm.

attack: 14
guarantee: G3 G9
observed: {"reached": []}
"""

from kit import *

reached = []
for pid in foreign():
    for number in (0, signal.SIGURG, signal.SIGWINCH, signal.SIGCONT):
        for call in (
            ("tkill", pid, number),
            ("tgkill", pid, pid, number),
            ("tgkill", pid, pid + 1, number),
        ):
            if in_child(syscall, *call) == "OK":
                reached.append([*call[:2], int(number)])
report({"reached": reached}, syscall("tgkill", os.getpid(), os.getpid(), 0) == "OK")
