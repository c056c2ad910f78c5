"""Leaves hooks that run at the end of cells and of the process: atexit, excepthook, IPython's events.

attack: 26
guarantee: G8
cause: COMPLETED
next: any
"""

import atexit
import time

from kit import *

control(True)
atexit.register(lambda: time.sleep(10_000))
atexit.register(lambda: os.fork())
sys.excepthook = lambda *_: os._exit(3)
_ = get_ipython().events.register("pre_run_cell", lambda *_: os._exit(4))
