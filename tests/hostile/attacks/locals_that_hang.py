"""Raises in functions whose arguments and variables have reprs that hang, for a traceback that shows them.

attack: 49
guarantee: G7
cause: EXCEPTION
"""

from kit import *

control(True)


class Hangs:
    def __repr__(self):
        while True:
            n = 1


def deep(value, n=50):
    local = [value, {value: value}]
    return deep(value, n - 1) if n else 1 / 0


deep(Hangs())
