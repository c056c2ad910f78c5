"""Finds out by the times of access of its folders when the host looks at them.

attack: 34 35
guarantee: G7
observed: {"told": false}
"""

import time

from kit import *


def was_read(folder):
    """Whether a folder was read since it was asked last."""
    read = os.stat(folder).st_atime > 2
    os.utime(folder, (1, 2))  # So that the next reading sets it, also with relatime.
    return read


os.mkdir("looked at")
open("looked at/file", "w").close()
was_read("looked at")
os.listdir("looked at")
by_oneself = was_read("looked at")
told = False
end = time.monotonic() + patience(5)
while time.monotonic() < end:  # A look a second, while it may have grown.
    with open("grown", "a") as file:
        file.write("x" * 4096)
    told = was_read("looked at") or told
    time.sleep(0.01)
# Some file systems are mounted without times of access.
report({"told": told}, by_oneself or os.statvfs(".").f_flag & os.ST_NOATIME)
