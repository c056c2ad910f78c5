"""Writes to the frame socket itself: random bytes.

attack: 42
guarantee: G7 G9
cause: PROTOCOL_VIOLATION
next: any
"""

import random

from kit import *

control(True)
os.write(3, frame(bytes(random.Random(1).randrange(256) for _ in range(50_000))))
signal.pause()
