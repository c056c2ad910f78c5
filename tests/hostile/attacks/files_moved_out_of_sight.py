"""Moves a directory of too large files between two others, so that no scan meets it in either.

attack: 34 35
guarantee: G7
limits: {"workspace_bytes": 33554432}
cause: WORKSPACE_LIMIT
timeout: 30
next: any
"""

import time

from kit import *

os.mkdir("one")
os.mkdir("two")
first, second = sorted(["one", "two"], key=os.listdir().index)
for number in range(18000):  # The scan inspects each of these, which takes a while.
    os.close(os.open(f"{first}/filler{number}", os.O_WRONLY | os.O_CREAT))
os.mkdir(f"{second}/kept")
folder = os.open(f"{second}/kept", os.O_RDONLY)
control(os.path.isdir(f"{second}/kept"))
if os.fork() == 0:
    os.setsid()
    while True:
        libc.rename(f"{first}/kept".encode(), f"{second}/kept".encode())
        libc.rename(f"{second}/kept".encode(), f"{first}/kept".encode())
block = bytes(1 << 20)
for number in range(12):
    with open(os.open(f"f{number}", os.O_WRONLY | os.O_CREAT, dir_fd=folder), "wb") as file:
        for _ in range(16):
            file.write(block)
time.sleep(patience(15))
