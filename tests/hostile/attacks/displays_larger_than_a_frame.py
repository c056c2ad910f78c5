"""Displays with a type, an id and metadata each of which is larger than a frame: it may lose the display, not itself.

attack: 49 42
guarantee: G7
cause: COMPLETED EXCEPTION
"""

from kit import *

control(True)
huge = "x" * (2 << 20)
for arguments in (
    {"metadata": {"x": huge}},
    {"display_id": huge},
    {"metadata": {huge: huge}, "display_id": huge},
):
    try:
        display({"text/plain": "x"}, raw=True, **arguments)
    except Exception:
        pass
try:
    display({huge: "x"}, raw=True)
except Exception:
    pass
