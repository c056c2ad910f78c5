"""Leaves programs that replace themselves without end, so that no name of them stays true.

attack: 18 19
guarantee: G7 G8
limits: {"process_count": 32}
observed: {"left": true}
"""

from kit import *

with open("again", "w") as file:
    file.write('#!/bin/sh\nexec /bin/sh "$0"\n')
os.chmod("again", 0o755)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv("/bin/sh", ["sh", "again"])
        os._exit(0)
for _ in range(3):
    os.wait()
report({"left": True}, True)
