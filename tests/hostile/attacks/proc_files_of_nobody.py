"""Asks the supervisor for files of /proc by the call of the preloaded library, with indexes that are none.

attack: 16 42
guarantee: G1 G3
observed: {"beyond": "EPERM", "far beyond": "EPERM", "negative": "EPERM", "high bits": "EPERM", "other magic": "EPERM"}
observed.container: {"beyond": "EINVAL", "far beyond": "EINVAL", "negative": "EINVAL", "high bits": "EINVAL", "other magic": "EPERM"}
observed.restricted: {"beyond": "EINVAL", "far beyond": "EINVAL", "negative": "EINVAL", "high bits": "EINVAL", "other magic": "EPERM"}
"""

from kit import *

REMAP_FILE_PAGES, MAGIC = 216, 0x6C6572726163
indexes = {"beyond": 20, "far beyond": 1 << 20, "negative": -1, "high bits": 1 << 32}
seen = {name: syscall(REMAP_FILE_PAGES, MAGIC, index) for name, index in indexes.items()}
seen["other magic"] = syscall(REMAP_FILE_PAGES, MAGIC + 1, 0)
report(seen, "Pid:" in open("/proc/self/status").read())
