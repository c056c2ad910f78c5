"""Ends children of its interpreter by each signal there is, then itself by a real-time one.

attack: 25
guarantee: G8
cause: CRASH
signal: 40
"""

from kit import *

deaths = []
for number in range(1, 65):
    child = os.fork()
    if child == 0:
        try:
            signal.signal(number, signal.SIG_DFL)
        except (OSError, ValueError):
            pass
        signal.pthread_sigmask(signal.SIG_UNBLOCK, range(1, 65))
        os.kill(os.getpid(), number)
        os._exit(0)
    _, status = os.waitpid(child, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    deaths += [number] if os.WIFSIGNALED(status) else []
control(len(deaths) > 40)
os.kill(os.getpid(), 40)
