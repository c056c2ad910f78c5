"""Uses up what the kernel counts by user: processes, pipes, watches, locks, pending signals. The heir has it all again.

attack: 21 47
guarantee: G7 G9
limits: {"process_count": 40}
observed: {"used": true}
heir: {"processes": true, "pipes": true}
"""

import fcntl

from kit import *


def processes():
    pids = []
    try:
        for _ in range(25):
            pids.append(os.fork())
            if pids[-1] == 0:
                signal.pause()
    except OSError:
        return False
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return True


def pipes(count):
    """Makes pipes of a MiB; False when the user has no pages left for them."""
    held = [os.pipe() for _ in range(count)]
    try:
        for _, writer in held:
            fcntl.fcntl(writer, 1031, 1 << 20)  # F_SETPIPE_SZ
    except OSError:
        return False
    return True


if heir():
    report({"processes": processes(), "pipes": pipes(10)}, True)
else:
    pipes(100)
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    for _ in range(25):
        if os.fork() == 0:
            os.setsid()
            while True:
                signal.sigwait({signal.SIGUSR2})
    for _ in range(2000):
        attempt(signal.raise_signal, signal.SIGRTMIN)
    report({"used": True}, True)
