"""Registers hooks for forks and threads that fail, and leaves a thread that will.

attack: 26
guarantee: G8 G9
cause: COMPLETED
next: any
"""

import threading

from kit import *

control(True)


def fail():
    raise SystemExit("in a fork")


os.register_at_fork(before=fail, after_in_child=lambda: os._exit(1), after_in_parent=fail)
threading.excepthook = lambda *_: os._exit(3)
threading.Timer(1, lambda: 1 / 0).start()
