"""Displays without end, in every kind of stream at once.

attack: 44
guarantee: G7
timeout: 2
cause: TIMEOUT
"""

from kit import *

control(True)
while True:
    display({"text/plain": "x" * 10_000, "text/html": "y" * 10_000}, raw=True)
    os.write(2, b"z" * 10_000)
