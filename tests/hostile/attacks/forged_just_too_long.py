"""Writes to the frame socket itself: a frame one byte longer than allowed, with all its bytes.

attack: 42
guarantee: G7 G9
cause: PROTOCOL_VIOLATION
next: any
"""

from kit import *

control(True)
view = memoryview(frame(b"\0" * ((1 << 20) + 1)))
while view:
    try:
        view = view[os.write(3, view) :]
    except OSError:
        break
signal.pause()
