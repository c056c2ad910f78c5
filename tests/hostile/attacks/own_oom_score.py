"""Makes others the kernel's first choice when memory runs out: by its own score, and theirs.

attack: 16
guarantee: G3 G7
observed: {"opened": [], "score": 1000}
"""

from kit import *

PATHS = [
    f"/proc/{who}/{name}"
    for who in ("self", 1, *foreign())
    for name in ("oom_score_adj", "oom_adj")
]
opened = [path for path in PATHS if attempt(os.open, path, os.O_WRONLY) == "OK"]
with open("/proc/self/oom_score_adj") as file:
    score = int(file.read())
report({"opened": opened, "score": score}, True)
