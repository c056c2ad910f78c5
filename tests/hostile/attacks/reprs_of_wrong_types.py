"""Displays objects whose reprs are no strings, no bytes, no dictionaries, subclasses that lie.

attack: 49
guarantee: G7
cause: COMPLETED EXCEPTION
"""

from kit import *

control(True)


class Text(str):
    def encode(self, *_):
        raise RuntimeError("encode")

    def __len__(self):
        return -5


for value in (
    None,
    42,
    b"\xff",
    [1],
    {"a": {1: 2}},
    Text("x"),
    object(),
    float("nan"),
    "\ud800",
    1j,
    ({}, {}, {}),
):

    class Wrong:
        def __repr__(self, value=value):
            return value

        _repr_html_ = _repr_svg_ = _repr_png_ = _repr_latex_ = _repr_mimebundle_ = __repr__

    try:
        display(Wrong())
    except Exception:
        pass
Wrong()
