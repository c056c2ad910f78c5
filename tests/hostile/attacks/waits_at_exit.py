"""Ends while threads that are not daemons go on: the process must not be waited for.

attack: 46
guarantee: G7
cause: SYSTEM_EXIT
"""

import threading
import time

from kit import *

control(True)
threading.Thread(target=time.sleep, args=(1000,), daemon=False).start()
sys.exit(0)
