"""Recurses in Python without a limit, in functions, in calls through C, and in destructors.

attack: 25 48
guarantee: G7 G8
cause: COMPLETED EXCEPTION CRASH MEMORY_LIMIT
limits: {"memory_bytes": 134217728}
next: any
"""

from kit import *

control(True)
sys.setrecursionlimit(2**31 - 1)


def deeper():
    return max([0], key=lambda _: deeper())


deeper()
