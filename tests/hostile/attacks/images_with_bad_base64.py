"""Displays images as text that is no base64, is of no length, or is another type altogether.

attack: 38 49
guarantee: G7
cause: COMPLETED EXCEPTION
calls: {"list": "OK"}
"""

from kit import *

control(True)
for data in (
    "",
    "=",
    "====",
    "a",
    "not base64 ☃",
    "A" * 1001,
    "\0",
    None,
    42,
    [b"x"],
    {"a": 1},
    "data:image/png;base64,AA",
):
    try:
        display({"image/png": data, "application/pdf": data}, raw=True)
    except Exception:
        pass
