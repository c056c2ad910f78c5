"""Processes that each wait for another's death and start two new ones in its place.

attack: 18 19
guarantee: G7 G8
limits: {"process_count": 32}
observed: {"waiting": true}
"""

from kit import *


def guard(depth=0):
    while True:
        try:
            for _ in range(2):
                if os.fork() == 0:
                    os.setsid()
                    if depth < 3:
                        guard(depth + 1)
                    os.read(os.pipe()[0], 1)
            os.wait()
        except OSError:
            try:
                os.wait()
            except OSError:
                pass


if os.fork() == 0:
    os.setsid()
    guard()
report({"waiting": True}, True)
