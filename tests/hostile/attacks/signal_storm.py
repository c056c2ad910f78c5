"""Has children send the interpreter signals without end, through cells and interrupts.

attack: 20
guarantee: G7 G8
observed: {"storms": true}
"""

from kit import *

signal.signal(signal.SIGUSR1, signal.SIG_IGN)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
parent = os.getpid()
for number in (signal.SIGUSR1, signal.SIGCHLD, signal.SIGWINCH, signal.SIGCONT):
    if os.fork() == 0:
        os.setsid()
        while True:
            os.kill(parent, number)
report({"storms": True}, True)
