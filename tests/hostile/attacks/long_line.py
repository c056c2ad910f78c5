"""Prints one line of 256 MiB, by Python and by C.

attack: 44
guarantee: G7
timeout: 40
cause: COMPLETED
"""

from kit import *

control(True)
piece = "x" * (1 << 20)
for _ in range(128):
    _ = sys.stdout.write(piece)
data = piece.encode()
for _ in range(128):
    os.write(1, data)
