"""Prints characters in halves: over flushes, over streams, over displays, over the cell's end.

attack: 44
guarantee: G7
cause: COMPLETED
"""

from kit import *

control(True)
smile = "😀".encode()
for cut in range(1, 4):
    os.write(1, smile[:cut])
    print("between")
    os.write(1, smile[cut:])
    os.write(2, smile[:cut])
    display(cut)
_ = sys.stdout.buffer.write(smile[:2]) if hasattr(sys.stdout, "buffer") else None
os.write(1, smile[:3])
