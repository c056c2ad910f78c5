"""Takes its supervisor's orphans for itself (PR_SET_CHILD_SUBREAPER), then dies and leaves them.

attack: 19
guarantee: G8
cause: CRASH
signal: 9
"""

from kit import *

libc.prctl(36, 1, 0, 0, 0)
for _ in range(10):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
            while True:
                signal.pause()
        os._exit(0)
for _ in range(10):
    os.wait()
with open(f"/proc/self/task/{os.getpid()}/children") as file:
    adopted = len(file.read().split())
control(adopted == 10)
os.kill(os.getpid(), signal.SIGKILL)
