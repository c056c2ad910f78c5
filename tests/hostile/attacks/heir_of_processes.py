"""Leaves processes for the next session with its uid: blocking signals, stopped, orphaned, many.

attack: 21 19
guarantee: G8 G9
limits: {"process_count": 32}
observed: {"left": true}
heir: {"others in /proc": [], "reached": []}
"""

from kit import *

if heir():
    own = str(os.getpid())
    try:
        listed = os.listdir("/proc")
    except OSError:  # nobody may list it where others are in there
        listed = []
    others = [name for name in listed if name.isdigit() and name != own]
    newest = os.fork()
    if newest == 0:
        os._exit(0)
    os.waitpid(newest, 0)
    pids = range(2, max(35_000, newest + 1000))
    reached = [p for p in pids if p != os.getpid() and attempt(os.kill, p, 0) == "OK"]
    report({"others in /proc": others, "reached": reached}, True)
else:
    for kind in range(6):
        if os.fork() == 0:
            os.setsid()
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
            if os.fork() == 0:
                while kind == 5:
                    try:
                        if os.fork():
                            os._exit(0)
                    except OSError:
                        pass
                if kind == 4:
                    os.kill(os.getpid(), signal.SIGSTOP)
                while True:
                    signal.sigwait({signal.SIGUSR2})
            os._exit(0)
    for _ in range(6):
        os.wait()
    report({"left": True}, True)
