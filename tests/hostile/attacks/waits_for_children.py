"""Waits in C for children that never end and that ignore all signals.

attack: 46
guarantee: G7 G8
timeout: 1
cause: TIMEOUT
next: any
"""

import subprocess

from kit import *

control(True)
subprocess.run(["/bin/sh", "-c", "trap '' INT TERM HUP; while :; do sleep 1000; done"])
