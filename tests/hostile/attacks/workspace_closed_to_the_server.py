"""Takes every permission off its workspace, so that nobody can scan how much is in it.

attack: 34 35
guarantee: G7
limits: {"workspace_bytes": 33554432}
calls.restricted: {"list": "FailedPrecondition"}
cause: WORKSPACE_LIMIT
timeout: 20
next: any
"""

import time

from kit import *

wait = patience(12)
folder = os.open("/mnt/data", os.O_RDONLY)
files = [os.open(f"f{number}", os.O_WRONLY | os.O_CREAT) for number in range(12)]
os.fchmod(folder, 0)
control(attempt(os.listdir, "/mnt/data") == "EACCES")
block = bytes(1 << 20)
for file in files:
    for _ in range(16):
        os.write(file, block)
time.sleep(wait)
