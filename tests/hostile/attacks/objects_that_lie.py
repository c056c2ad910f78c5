"""Shows objects that lie about all: their class, attributes, length, truth and equality.

attack: 49
guarantee: G7
cause: COMPLETED EXCEPTION
"""

from kit import *

control(True)


class Liar:
    __class__ = property(lambda self: 1 / 0)

    def __getattr__(self, name):
        return Liar()

    def __call__(self, *arguments, **keywords):
        return Liar()

    def __iter__(self):
        while True:
            yield self

    def __bool__(self):
        raise ValueError

    def __eq__(self, other):
        raise ValueError

    __hash__ = None


try:
    display(Liar())
except Exception:
    pass
Liar()
