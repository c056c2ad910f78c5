"""Clears its output from three threads at once, with images, prints and updates in between.

attack: 44
guarantee: G7
timeout: 60
observed: {"over": true}
"""

import threading
import time

from IPython.display import clear_output

from kit import *

end = time.monotonic() + 3


def clear():
    while time.monotonic() < end:
        clear_output(wait=True)
        clear_output()


threads = [threading.Thread(target=clear) for _ in range(2)]
for thread in threads:
    thread.start()
handle = display("x", display_id=True)
while time.monotonic() < end:
    display({"image/png": b"\x89PNG" + os.urandom(50_000)}, raw=True)
    clear_output(wait=True)
    print("y" * 10_000)
    handle.update("z" * 10_000)
    clear_output()
for thread in threads:
    thread.join()
report({"over": True}, True)
