"""Shows objects with _ipython_display_ that exits, prints without end, and displays itself.

attack: 49
guarantee: G7
cause: TIMEOUT
timeout: 1
"""

from kit import *

control(True)


class Itself:
    def _ipython_display_(self):
        try:
            display(self)
        except RecursionError:
            pass


class Prints:
    def _ipython_display_(self):
        while True:
            print("more")


display(Itself())
Prints()
