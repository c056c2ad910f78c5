"""Makes, finds and uses shared memory, semaphores and queues by every call of System V.

attack: 36
guarantee: G6 G9
observed: {"not refused": [], "listed": []}
"""

from kit import *

room = address(bytes(128))
cases = {
    "shmget": ("shmget", 0, 4096, 0o1600),
    "semget": ("semget", 0, 1, 0o1600),
    "msgget": ("msgget", 0, 0o1600),
}
cases |= {f"shmat {n}": ("shmat", n, 0, 0) for n in range(3)}
cases |= {f"shmctl {n}": ("shmctl", 0, n, room) for n in (2, 3, 13, 14, 15)}
cases |= {f"semctl {n}": ("semctl", 0, 0, n, room) for n in (2, 3, 12, 18, 19, 20)}
cases |= {f"msgctl {n}": ("msgctl", 0, n, room) for n in (2, 3, 11, 12, 13)}
cases |= {
    "semop": ("semop", 0, room, 1),
    "msgsnd": ("msgsnd", 0, room, 1, 0o4000),
    "msgrcv": ("msgrcv", 0, room, 1, 0, 0o4000),
}
listed = []
for kind in ("shm", "sem", "msg"):
    try:
        with open(f"/proc/sysvipc/{kind}") as file:
            listed += file.read().splitlines()[1:]
    except OSError:
        pass
report({"not refused": refusals(syscall, cases), "listed": listed}, syscall("getpid") == "OK")
