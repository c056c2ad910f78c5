"""Leaves a grandchild that prints without end after the cell has ended.

attack: 44
guarantee: G7
observed: {"left": true}
"""

from kit import *

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            os.write(2, b"late " * 1000)
    os._exit(0)
os.wait()
report({"left": True}, True)
