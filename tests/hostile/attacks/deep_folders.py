"""Makes directories deeper than any path: what the server cannot scan counts as too much.

attack: 34
guarantee: G7
cause: FILE_COUNT_LIMIT
timeout: 20
next: any
calls: {"list": "OK", "read top": "OK"}
"""

import time

from kit import *

control(True)
open("top", "w").close()
for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")
open("bottom", "w").close()
time.sleep(1000)
