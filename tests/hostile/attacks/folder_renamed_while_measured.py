"""Keeps far more than it may in a directory that is renamed whenever it is to be measured.

attack: 34 35
guarantee: G7
limits: {"workspace_bytes": 33554432}
cause: WORKSPACE_LIMIT
timeout: 20
next: any
"""

import time

from kit import *

for number in range(18000):  # The scan inspects each of these, which takes a while,
    os.close(os.open(f"filler{number}", os.O_WRONLY | os.O_CREAT))
names = []
for number in range(1000):  # It reaches these names after most of the others.
    os.mkdir(f"late{number}")
    if len(names) < 2 and os.listdir().index(f"late{number}") > 17000:
        names.append(f"late{number}".encode())
    os.rmdir(f"late{number}")
os.mkdir(names[0])
folder = os.open(names[0], os.O_RDONLY)
control(os.path.isdir(names[0]) and not os.path.exists(names[1]))
if os.fork() == 0:
    os.setsid()
    while True:
        libc.rename(*names)
        names.reverse()
block = bytes(1 << 20)
for number in range(12):
    with open(os.open(f"f{number}", os.O_WRONLY | os.O_CREAT, dir_fd=folder), "wb") as file:
        for _ in range(16):
            file.write(block)
time.sleep(patience(12))
