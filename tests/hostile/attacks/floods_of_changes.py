"""Changes names in its workspace without end, so that the server loses events of others' changes.

attack: 34 44
guarantee: G7 G9
observed: {"flooded": true}
"""

import threading
import time

from kit import *

for name in "ab":
    open(name, "w").close()
end = time.monotonic() + 4


def flood(own):
    # The names alternate, since equal events are merged; links and directories need a full scan.
    number = 0
    while time.monotonic() < end:
        for _ in range(500):
            os.truncate("a", 1)
            os.truncate("b", 1)
        number += 1
        os.mkdir(f"{own}{number}")
        os.rename(f"{own}{number}", f"{own}moved{number}")
        os.link("a", f"{own}moved{number}/a")
        os.unlink(f"{own}moved{number}/a")
        os.rmdir(f"{own}moved{number}")


threads = [threading.Thread(target=flood, args=(f"t{n}",)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
report({"flooded": True}, os.listdir(".") != [])
