"""Makes timers and leaves signals pending until it is refused, and timers that fire without end.

attack: 47
guarantee: G7
observed: {"timers": "EAGAIN", "signals": "EAGAIN"}
"""

from kit import *

event = address(struct.pack("<Qii", 0, signal.SIGRTMIN + 1, 0) + bytes(48))
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN, signal.SIGRTMIN + 1})
timers = signals = "nothing"
for _ in range(5000):
    timer = address(bytes(8))
    answer = syscall("timer_create", 1, event, timer)
    if answer != "OK":
        timers = answer
        break
for _ in range(5000):
    answer = attempt(signal.raise_signal, signal.SIGRTMIN)
    if answer != "OK":
        signals = answer
        break
signal.setitimer(signal.ITIMER_VIRTUAL, 1000)
report({"timers": timers, "signals": signals}, True)
