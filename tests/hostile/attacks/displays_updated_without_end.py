"""Updates one display without end, and displays from threads at once.

attack: 44 49
guarantee: G7
timeout: 1
cause: TIMEOUT
"""

import threading

from kit import *

control(True)


def update():
    handle = display("x", display_id=True)
    while True:
        handle.update("y" * 1000)


for _ in range(3):
    threading.Thread(target=update, daemon=True).start()
update()
