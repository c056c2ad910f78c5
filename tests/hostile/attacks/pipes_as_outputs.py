"""Leaves pipes, and directories under files' names, where a caller expects files: none may block.

attack: 31
guarantee: G7
calls: {"read pipe": ["FailedPrecondition", "NotFound"], "stat pipe": ["FailedPrecondition", "NotFound"],
  "write pipe": "FailedPrecondition", "delete pipe": ["OK", "FailedPrecondition"], "read a.png": ["FailedPrecondition", "NotFound"],
  "read deep/pipe": ["FailedPrecondition", "NotFound"]}
observed: {"device": ["EPERM", "EACCES"], "block device": ["EPERM", "EACCES"], "socket": ["EPERM", "EACCES"]}
"""

from kit import *

os.mkfifo("pipe")
os.makedirs("a.png/b.csv")
os.mkdir("deep")
os.mkfifo("deep/pipe")
report(
    {
        "device": attempt(os.mknod, "device", 0o20666, os.makedev(1, 5)),
        "block device": attempt(os.mknod, "block", 0o60666, os.makedev(8, 0)),
        "socket": attempt(os.mknod, "socket", 0o140666),
    },
    os.path.exists("pipe"),
)
