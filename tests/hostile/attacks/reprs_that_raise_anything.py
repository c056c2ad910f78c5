"""Displays objects whose reprs raise what is no Exception: interrupts, exits, generators' ends.

attack: 49
guarantee: G7
cause: COMPLETED EXCEPTION SYSTEM_EXIT
"""

from kit import *

control(True)
for error in (
    GeneratorExit,
    SystemExit(3),
    KeyboardInterrupt,
    StopIteration,
    MemoryError,
    RecursionError,
):

    class Raises:
        def __repr__(self, error=error):
            raise error

        _repr_html_ = _repr_json_ = _repr_png_ = _repr_mimebundle_ = __str__ = __repr__

    try:
        display(Raises())
    except BaseException:
        pass
Raises()
