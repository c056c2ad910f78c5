"""Links to what the server itself would see in /proc: its descriptors, its root, its directory.

attack: 28
guarantee: G1
calls: {"read fd": ["FailedPrecondition", "NotFound"], "read fd/1": ["FailedPrecondition", "NotFound"],
  "read environ": ["FailedPrecondition", "NotFound"], "read root/etc/hostname": ["FailedPrecondition", "NotFound"],
  "read cwd/README.md": ["FailedPrecondition", "NotFound"], "read dev": ["FailedPrecondition", "NotFound"],
  "read loop": ["FailedPrecondition", "NotFound"], "write environ": ["OK", "FailedPrecondition", "NotFound"]}
cause: COMPLETED
"""

from kit import *

LINKS = {"fd": "/proc/self/fd", "environ": "/proc/self/environ", "root": "/proc/self/root", "cwd": "/proc/self/cwd",
         "dev": "/dev/zero", "loop": "loop"}  # fmt: skip
for name, target in LINKS.items():
    os.symlink(target, name)
control(os.readlink("loop") == "loop")
