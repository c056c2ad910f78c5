"""Leaves threads and processes that burn the processor after the cell has ended.

attack: 46
guarantee: G7 G8
observed: {"left": true}
"""

import threading

from kit import *


def burn():
    while True:
        n = 1


threading.Thread(target=burn, daemon=False).start()
if os.fork() == 0:
    burn()
report({"left": True}, True)
