"""Climbs out of its directories: by `..` from every descriptor it has, by fchdir, by openat2.

attack: 17 32
guarantee: G1 G9
observed: {"read": [], "listed": []}
"""

from kit import *

known = facts()
STEPS = ["..", "../..", "../../..", "../../../..", "../" * 40]
NAMES = [f"{known['neighbour_folder']}/files/neighbour.txt", f"../{known['neighbour_folder']}/files/neighbour.txt",
         "files/neighbour.txt", "etc/shadow", "root/.bashrc", known["victim"], known["neighbour_file"]]  # fmt: skip
folders = [os.open(path, os.O_RDONLY) for path in (".", "/mnt/data", "/tmp", "/dev/shm")] + [
    100,
    101,
    102,
]
read, listed = [], []
for folder in folders:
    for step in STEPS:
        for name in NAMES:
            path = f"{step}/{name}"
            if (
                attempt(lambda p=path, f=folder: os.read(os.open(p, os.O_RDONLY, dir_fd=f), 1))
                == "OK"
            ):
                read.append(path)
            how = address(struct.pack("<QQQ", os.O_RDONLY, 0, 0))
            if (
                in_child(syscall, "openat2", folder, address(path.encode() + b"\0"), how, 24)
                == "OK"
            ):
                read.append(f"openat2 {path}")
        try:
            up = os.listdir(os.open(step, os.O_RDONLY, dir_fd=folder))
            listed += [name for name in up if known["neighbour_id"] in name]
        except OSError:
            pass
report(
    {"read": read, "listed": listed}, attempt(os.open, ".", os.O_RDONLY, dir_fd=folders[0]) == "OK"
)
