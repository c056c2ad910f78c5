"""Links files of the image, of /proc and of the host into its workspace.

attack: 30
guarantee: G1 G2
observed: {"linked": []}
"""

from kit import *

SOURCES = [
    "/etc/passwd",
    "/usr/bin/python3.11",
    "/proc/self/status",
    "/dev/null",
    "/etc/ld.so.cache",
]
linked = [path for path in SOURCES if attempt(os.link, path, "linked") == "OK"]
open("own", "w").close()
report({"linked": linked}, attempt(os.link, "own", "own2") == "OK")
