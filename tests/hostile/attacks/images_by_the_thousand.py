"""Displays thousands of images: each would be a file of the server.

attack: 38 34
guarantee: G7
timeout: 30
cause: COMPLETED
"""

from kit import *

control(True)
for number in range(2000):
    display({"image/png": b"\x89PNG" + struct.pack("<I", number)}, raw=True)
