"""Leaves orphans by the hundred: its supervisor must take them in, or its process limit fills up.

attack: 19
guarantee: G7 G8
limits: {"process_count": 32}
observed: {"orphaned": 300, "room again": true}
"""

import time

from kit import *

orphaned = 0
deadline = time.monotonic() + patience(20)
while orphaned < 300 and time.monotonic() < deadline:
    try:
        child = os.fork()
    except OSError:
        time.sleep(0.01)
        continue
    if child == 0:
        try:
            os.fork()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    orphaned += 1


def has_room():
    children = []
    try:
        for _ in range(15):
            children.append(os.fork())
            if children[-1] == 0:
                signal.pause()
        return True
    except OSError:
        return False
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


room = False
while not room and time.monotonic() < deadline:
    room = has_room()
report({"orphaned": orphaned, "room again": room}, True)
