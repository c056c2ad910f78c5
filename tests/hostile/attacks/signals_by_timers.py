"""Has timers signal threads of other processes.

attack: 14
guarantee: G3
observed: {"made": []}
"""

from kit import *

made = []
for pid in foreign():
    event = address(struct.pack("<Qiii", 0, signal.SIGURG, 4, pid) + bytes(44))  # SIGEV_THREAD_ID
    if in_child(syscall, "timer_create", 1, event, address(bytes(8))) == "OK":
        made.append(pid)
own = address(struct.pack("<Qiii", 0, signal.SIGURG, 4, os.getpid()) + bytes(44))
report({"made": made}, syscall("timer_create", 1, own, address(bytes(8))) == "OK")
