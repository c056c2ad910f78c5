"""Fills /tmp and /dev/shm with empty files.

attack: 34 36
guarantee: G7
observed: {"stopped by": ["ENOSPC", "EDQUOT"], "bounded": true}
observed.container: {"stopped by": ["ENOSPC", "EDQUOT", "nothing"], "bounded": true}
observed.restricted: {"stopped by": ["ENOSPC", "EDQUOT", "nothing"], "bounded": true}
cause: COMPLETED
cause.container: COMPLETED TEMPORARY_LIMIT
cause.restricted: COMPLETED TEMPORARY_LIMIT
"""

from kit import *

stopped_by, count = "nothing", 0
try:
    for folder in ("/tmp", "/dev/shm"):
        for count in range(70_000):
            os.mkdir(f"{folder}/{count}")
except OSError as error:
    stopped_by = errno.errorcode[error.errno]
report({"stopped by": stopped_by, "bounded": count < 70_000}, count > 100)
