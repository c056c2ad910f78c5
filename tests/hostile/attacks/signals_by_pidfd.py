"""Signals, reaps and advises other processes through pidfds.

attack: 14
guarantee: G3 G9
observed: {"own": "OK", "reached": []}
observed.container: {"own": "refused", "reached": []}
observed.restricted: {"own": "refused", "reached": []}
"""

from kit import *


def reached(pid):
    try:
        pidfd = os.pidfd_open(pid)
    except OSError:
        try:  # the kernel takes this for one, too
            pidfd = os.open(f"/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY)
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
opened = attempt(os.pidfd_open, own)
if opened == "OK":
    signal.pidfd_send_signal(os.pidfd_open(own), signal.SIGKILL)
else:
    os.kill(own, signal.SIGKILL)
control_passed = os.waitpid(own, 0)[1] == signal.SIGKILL
found = [name for pid in foreign() for name in reached(pid)]
report({"own": opened, "reached": found}, control_passed)
