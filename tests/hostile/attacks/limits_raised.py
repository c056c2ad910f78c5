"""Raises each of its limits, above what it has and above what there is, also for children.

attack: 47
guarantee: G7
observed: {"raised": [], "in children": []}
"""

import resource

from kit import *

BOUNDED = ("RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_DATA", "RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_STACK",
           "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_SIGPENDING")  # fmt: skip


def raised(name):
    number = getattr(resource, name)
    soft, hard = resource.getrlimit(number)
    values = [
        (soft, hard + 1),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY),
        (hard + 1, hard + 1),
    ]
    answers = [attempt(resource.setrlimit, number, value) for value in values]
    answers += [attempt(resource.prlimit, os.getpid(), number, value) for value in values]
    return hard == resource.RLIM_INFINITY or "OK" in answers


limits = [resource.getrlimit(number) for number in range(16)]
report(
    {
        "raised": [name for name in BOUNDED if raised(name)],
        "in children": [name for name in BOUNDED if in_child(raised, name)],
    },
    attempt(resource.setrlimit, resource.RLIMIT_NOFILE, (100, limits[resource.RLIMIT_NOFILE][1]))
    == "OK",
)
