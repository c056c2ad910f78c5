"""Holds deleted files in a program that may be executed but not read, and so shows its descriptors to few.

attack: 34 47
guarantee: G7
limits: {"workspace_bytes": 67108864, "temporary_bytes": 16777216}
cause: WORKSPACE_LIMIT MEMORY_LIMIT
ending: KILLED
"""

import shutil
import subprocess

from kit import *

HOLD = """
import os, time
held = []
for _ in range(12):
    held.append(os.open("file", os.O_RDWR | os.O_CREAT, 0o600))
    os.unlink("file")
    os.write(held[-1], b"x" * (64 << 20))
while True:
    time.sleep(0.05)
    sum(range(1000))
"""

shutil.copy(os.path.realpath(sys.executable), "hidden")
os.chmod("hidden", 0o111)
child = subprocess.Popen(["./hidden", "-S", "-c", HOLD])
control(child.poll() is None)
os.unlink("hidden")  # The runner would take text in it for data of the host.
child.wait()
