"""Fills files that have no name any more, and keeps them open: no directory shows them.

attack: 34 47
guarantee: G7
limits: {"workspace_bytes": 33554432, "temporary_bytes": 16777216}
cause: WORKSPACE_LIMIT
ending: KILLED
"""

from kit import *

SIZE = 16 << 20

control(True)
held = []
while True:
    if len(held) < 12:
        held.append(os.open("file", os.O_RDWR | os.O_CREAT, 0o600))
        os.unlink("file")
        os.write(held[-1], b"x" * SIZE)
    time.sleep(0.05)
