"""Makes files of 8 EiB: by their size, by seeking, by allocation.

attack: 34
guarantee: G7
observed: {"truncate": "EFBIG", "seek and write": "EFBIG", "fallocate": ["EFBIG", "ENOSPC"], "in /tmp": ["EFBIG", "ENOSPC"], "map": ["ValueError", "ENOMEM"]}
calls: {"read sparse": "OK", "stat sparse": "OK"}
"""

from kit import *

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
END = 2**63 - 1


def seek_and_write(path):
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    os.pwrite(file, b"x", END - 1)


file = os.open("sparse", os.O_RDWR | os.O_CREAT)
observed = {
    "truncate": attempt(os.ftruncate, file, END),
    "seek and write": attempt(seek_and_write, "sparse"),
    "fallocate": attempt(os.posix_fallocate, file, 0, END),
    "in /tmp": attempt(os.posix_fallocate, os.open("/tmp/x", os.O_RDWR | os.O_CREAT), 0, END),
    "map": attempt(mmap.mmap, file, END),
}
report(observed, attempt(os.ftruncate, file, 1 << 20) == "OK")
