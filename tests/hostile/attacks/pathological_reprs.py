"""Objects whose reprs raise, exit, recurse, print, or are no strings; exceptions without a message.

attack: 49
guarantee: G7
cause: EXCEPTION SYSTEM_EXIT CRASH
"""

from kit import *

control(True)


class Raises:
    def __repr__(self):
        raise ValueError("no repr")

    def _repr_html_(self):
        return 42

    def _repr_png_(self):
        return "not base64 ☃"


class Recurses:
    def __repr__(self):
        return repr(self)


class Prints:
    def __repr__(self):
        print("printed in a repr")
        return "x" * 100_000


class WrongError(Exception):
    def __str__(self):
        raise WrongError

    __repr__ = __str__


display(Raises(), Prints())
try:
    display(Recurses())
except RecursionError:
    pass
raise WrongError
