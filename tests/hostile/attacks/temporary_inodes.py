"""Fills /tmp and /dev/shm with empty files.

attack: 34 36
guarantee: G7
observed.native: {"stopped by": ["ENOSPC", "EDQUOT"], "bounded": true}
cause: COMPLETED
cause.container: TEMPORARY_LIMIT
cause.restricted: TEMPORARY_LIMIT
ending.container: KILLED
ending.restricted: KILLED
"""

from kit import *

# A session over the limit may be killed at any time, so the control comes first.
control(attempt(os.mkdir, "/tmp/first") == "OK")
stopped_by, count = "nothing", 0
try:
    for folder in ("/tmp", "/dev/shm"):
        for count in range(70_000):
            os.mkdir(f"{folder}/{count}")
except OSError as error:
    stopped_by = errno.errorcode[error.errno]
while stopped_by == "nothing":
    signal.pause()
report({"stopped by": stopped_by, "bounded": count < 70_000}, count > 100)
