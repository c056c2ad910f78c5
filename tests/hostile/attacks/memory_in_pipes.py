"""Holds memory in pipes: large ones, many, passed out of its own table.

attack: 45 47
guarantee: G7
limits: {"memory_bytes": 134217728}
observed: {"held": true, "bounded": true}
"""

import fcntl

from kit import *

held = 0
for _ in range(400):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        fcntl.fcntl(writer, 1031, 1 << 20)
    except OSError:
        pass
    try:
        while True:
            held += os.write(writer, bytes(65536))
    except BlockingIOError:
        pass
report({"held": held > 1 << 20, "bounded": held < 200 << 20}, held > 0)
