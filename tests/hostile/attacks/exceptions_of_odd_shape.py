"""Ends with exceptions that are huge, unnamed, without a string, and with tracebacks of their own.

attack: 49
guarantee: G7
cause: EXCEPTION
"""

from kit import *

control(True)


class OddError(Exception):
    __module__ = 42

    def __str__(self):
        return "x" * (30 << 20)

    def _render_traceback_(self):
        return [None, 42, "x" * 10**6, b"\xff"]


OddError.__name__ = "N" * 100_000
raise OddError
