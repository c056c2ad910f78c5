"""Leaves programs printing without end on both streams, in the background, and a cell that goes on.

attack: 44
guarantee: G7
cause: COMPLETED
"""

import subprocess

from kit import *

control(True)
for stream in ("1", "2"):
    subprocess.Popen(["/bin/sh", "-c", f"yes >&{stream}"], start_new_session=True)
for number in range(20):
    print(number)
