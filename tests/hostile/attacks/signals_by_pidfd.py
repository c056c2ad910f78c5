"""Signals, reaps and advises other processes through pidfds.

attack: 14
guarantee: G3 G9
observed: {"reached": []}
"""

from kit import *


def reached(pid):
    try:
        pidfd = os.pidfd_open(pid)
    except OSError:
        return []
    calls = {
        "signal": ("pidfd_send_signal", pidfd, 0, 0, 0),
        "harmless signal": ("pidfd_send_signal", pidfd, signal.SIGURG, 0, 0),
        "group": ("pidfd_send_signal", pidfd, 0, 0, 4),
        "release": ("process_mrelease", pidfd, 0),
        "advise": ("process_madvise", pidfd, address(bytes(16)), 0, 20, 0),
        "take a descriptor": ("pidfd_getfd", pidfd, 0, 0),
        "enter": ("setns", pidfd, 0x20000),
    }
    refused = ("EPERM", "ESRCH", "EACCES", "ENOSYS", "SIGSYS", "EINVAL")
    return [f"{n} {pid}" for n, call in calls.items() if in_child(syscall, *call) not in refused]


own = os.fork()
if own == 0:
    signal.pause()
pidfd = os.pidfd_open(own)
signal.pidfd_send_signal(pidfd, signal.SIGKILL)
control_passed = os.waitpid(own, 0)[1] == signal.SIGKILL
report({"reached": [name for pid in foreign() for name in reached(pid)]}, control_passed)
