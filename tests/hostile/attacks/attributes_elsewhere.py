"""Changes modes, owners, times and attributes of what is not its own, by path and by descriptor.

Times and modes are those it has read, where it can read them.

attack: 35
guarantee: G2 G9
observed: {"changed": []}
"""

import shutil

from kit import *

known = facts()
TARGETS = [known["neighbour_file"], known["victim"], known["log"], known["socket"], known["data_directory"],
           known["data_directory"] + "/sessions", os.path.dirname(known["neighbour_file"]), "/proc/1"]  # fmt: skip
changed = []
for path in TARGETS:
    name = address(path.encode() + b"\0")
    calls = {
        "chmod": lambda p=path: os.chmod(p, 0o777),
        "chmod at": lambda p=path: os.chmod(
            os.path.basename(p), 0o777, dir_fd=os.open(os.path.dirname(p), os.O_PATH)
        ),
        "utime": lambda p=path: os.utime(p, (0, 0)),
        "chown": lambda p=path: os.chown(p, os.getuid(), os.getgid()),
        "attribute": lambda p=path: os.setxattr(p, "user.carrel", b"x"),
        "truncate": lambda p=path: os.truncate(p, 0),
        "magic": lambda p=path: os.chmod(f"/proc/self/fd/{os.open(p, os.O_PATH)}", 0o777),
        "copystat": lambda p=path: shutil.copystat("/mnt/data", p),
    }
    changed += [f"{n} {path}" for n, call in calls.items() if attempt(call) == "OK"]
    for call in (("fchmodat2", -100, name, 0o777, 0), ("setxattrat", -100, name, 0, 0, 0, 0), ("chmod", name, 0o777),
                 ("file_setattr", -100, name, 0, 0, 0)):  # fmt: skip
        changed += [f"{call[0]} {path}"] if in_child(syscall, *call) == "OK" else []
open("own", "w").close()
report(
    {"changed": changed},
    attempt(os.truncate, "own", 1) == "OK" and attempt(os.chmod, "own", 0o600) == "OK",
)
