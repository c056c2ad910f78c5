"""Replaces, closes and detaches Python's streams, under the kernel's own hands.

attack: 26
guarantee: G9
cause: COMPLETED EXCEPTION
next: any
"""

from kit import *

control(True)


class Liar:
    encoding = 42

    def write(self, text):
        raise KeyboardInterrupt

    def flush(self):
        raise SystemExit(7)

    def __getattr__(self, name):
        raise RuntimeError(name)


sys.stdout.close()
sys.stderr = sys.__stderr__ = Liar()
sys.stdout = sys.__stdout__ = Liar()
sys.stdin = None
