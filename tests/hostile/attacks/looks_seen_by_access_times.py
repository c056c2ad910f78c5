"""Finds out by the access times of its directories when the host scans them.

attack: 34 35
guarantee: G7
observed: {"told": false}
"""

import time

from kit import *


def was_read(folder):
    """Returns whether a directory was read since the last call."""
    read = os.stat(folder).st_atime > 2
    os.utime(folder, (1, 2))  # The next reading then sets the time, also with relatime.
    return read


os.mkdir("looked at")
open("looked at/file", "w").close()
was_read("looked at")
os.listdir("looked at")
by_oneself = was_read("looked at")
told = False
end = time.monotonic() + patience(5)
while time.monotonic() < end:  # The host scans once a second while it may have grown.
    with open("grown", "a") as file:
        file.write("x" * 4096)
    told = was_read("looked at") or told
    time.sleep(0.01)
# Some file systems are mounted without access times.
report({"told": told}, by_oneself or os.statvfs(".").f_flag & os.ST_NOATIME)
