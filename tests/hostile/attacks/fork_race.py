"""Leaves processes behind that fork and exit as fast as they can, to outrun what kills them.

attack: 18 19
guarantee: G7 G8
limits: {"process_count": 32}
observed: {"racing": true}
"""

from kit import *

ready, started = os.pipe()
for _ in range(4):
    if os.fork() == 0:
        os.setsid()
        os.write(started, b"x")
        while True:
            try:
                if os.fork():
                    os._exit(0)  # its child goes on
            except OSError:
                pass
for _ in range(4):
    os.wait()
report({"racing": True}, os.read(ready, 4) != b"")
