"""Lowers its own limits to nothing, for its kernel to run into.

attack: 47
guarantee: G7 G8
cause: COMPLETED EXCEPTION CRASH PROCESS_EXIT
next: any
"""

import resource

from kit import *

control(True)
for name in (
    "RLIMIT_NOFILE",
    "RLIMIT_FSIZE",
    "RLIMIT_DATA",
    "RLIMIT_AS",
    "RLIMIT_STACK",
    "RLIMIT_NPROC",
):
    resource.setrlimit(getattr(resource, name), (0, 0))
