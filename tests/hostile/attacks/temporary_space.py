"""Fills /tmp and /dev/shm: by writing, by allocation, by mapping.

attack: 34 36 45
guarantee: G7
limits: {"temporary_bytes": 8388608}
observed.native: {"write": ["ENOSPC", "EFBIG"], "allocate": ["ENOSPC", "EFBIG"], "map": ["SIGBUS", "ENOSPC", "EFBIG"], "other folder": ["ENOSPC", "EFBIG"]}
cause: COMPLETED
cause.container: TEMPORARY_LIMIT
cause.restricted: TEMPORARY_LIMIT
ending.container: KILLED
ending.restricted: KILLED
"""

from kit import *


def write(path):
    with open(path, "wb") as file:
        for _ in range(20):
            file.write(bytes(1 << 20))


def allocate(path):
    os.posix_fallocate(os.open(path, os.O_RDWR | os.O_CREAT), 0, 20 << 20)


def touch_mapping():
    file = os.open("/tmp/mapped", os.O_RDWR | os.O_CREAT)
    os.ftruncate(file, 20 << 20)
    mapping = mmap.mmap(file, 20 << 20)
    for offset in range(0, 20 << 20, 4096):
        mapping[offset] = 1
    return "OK"


# A session over the limit may be killed at any time, so the control comes first.
control(attempt(os.mkdir, "/tmp/first") == "OK")
observed = {
    "write": attempt(write, "/tmp/write"),
    "allocate": attempt(allocate, "/dev/shm/allocate"),
    "map": in_child(touch_mapping),
    "other folder": attempt(write, "/dev/shm/write"),
}
while "OK" in observed.values():
    signal.pause()
for path in ("/tmp/write", "/dev/shm/allocate", "/tmp/mapped", "/dev/shm/write"):
    attempt(os.unlink, path)
report(observed, attempt(allocate, "/tmp/x") != "" and attempt(os.mkdir, "/tmp/y") == "OK")
