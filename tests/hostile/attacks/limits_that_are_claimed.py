"""Claims that its exception is due to an unknown limit, by the frame and by the function.

attack: 42
guarantee: G7
observed: {"by the function": "OverflowError"}
cause: EXCEPTION
"""

import _carrel

from kit import *

by_function = "taken"
try:
    _carrel.error(b"E", b"", b"", 2**31)
except OverflowError:
    by_function = "OverflowError"
report({"by the function": by_function}, True)
# A PythonError of this cell, the first: the host takes no other.
os.write(3, guest_frame(1, field(6, field(1, b"E") + field(4, 99))))
raise RuntimeError
