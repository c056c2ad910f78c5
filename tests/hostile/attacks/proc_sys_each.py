"""Opens each of the kernel's settings for writing. Writes nothing.

attack: 16
guarantee: G2 G5
observed: {"opened": []}
"""

from kit import *

opened, seen = [], 0
for folder, _, files in os.walk("/proc/sys"):
    for name in files:
        seen += 1
        path = f"{folder}/{name}"
        if attempt(os.open, path, os.O_WRONLY) == "OK":
            opened.append(path)
known = "/proc/sys/kernel/hostname"
report({"opened": opened}, seen > 100 or attempt(os.open, known, os.O_RDONLY) == "EACCES")
