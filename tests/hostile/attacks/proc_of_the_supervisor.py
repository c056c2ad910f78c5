"""Reads the files in /proc of its own supervisor, and writes to them.

attack: 16
guarantee: G1 G3
observed: {"read": [], "written": [], "followed": []}
"""

from kit import *

SECRETS = "environ maps mem auxv stack syscall io smaps pagemap fdinfo/4 map_files fd".split()
folder = f"/proc/{os.getppid()}"
read = [n for n in SECRETS if attempt(lambda n=n: open(f"{folder}/{n}", "rb").read(1)) == "OK"]
read += [n for n in ("fd", "map_files", "task") if attempt(os.listdir, f"{folder}/{n}") == "OK"]
WRITE = (
    "mem",
    "comm",
    "clear_refs",
    "oom_score_adj",
    "coredump_filter",
    "timerslack_ns",
    "uid_map",
)
written = [n for n in WRITE if attempt(os.open, f"{folder}/{n}", os.O_WRONLY) == "OK"]
LINKS = ("root", "cwd", "exe", "fd/4", "ns/mnt")
report(
    {
        "read": sorted(set(read)),
        "written": written,
        "followed": [n for n in LINKS if attempt(os.readlink, f"{folder}/{n}") == "OK"],
    },
    attempt(os.listdir, "/proc/self/fd") == "OK",
)
