"""The shell's fork bomb, left to itself while the session is deleted.

attack: 18
guarantee: G7 G8
limits: {"process_count": 24}
observed: {"started": true}
"""

import subprocess

from kit import *

subprocess.Popen(
    ["/bin/sh", "-c", "b() { b | b & }; b; while :; do b; done"],
    start_new_session=True,
    stdin=subprocess.DEVNULL,
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
)
report({"started": True}, True)
