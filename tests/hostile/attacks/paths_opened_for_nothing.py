"""Opens foreign files by O_PATH, then opens them again through /proc/self/fd and openat.

attack: 28 35
guarantee: G1 G2
observed: {"read": [], "written": []}
"""

from kit import *

known = facts()
TARGETS = [known["neighbour_file"], known["victim"], known["log"], "/etc/shadow", "/root", "/run", "/", "/proc/1",
           known["data_directory"], os.path.dirname(known["neighbour_file"]), os.path.dirname(known["victim"])]  # fmt: skip
NAMES = [
    "neighbour.txt",
    "victim.txt",
    "environ",
    "etc/shadow",
    "root/.bashrc",
    "../../../../etc/shadow",
]
read, written = [], []
for path in TARGETS:
    try:
        file = os.open(path, os.O_PATH)
    except OSError:
        continue
    for name, options in [("", {}), *[(n, {"dir_fd": file}) for n in NAMES]]:
        target = name or f"/proc/self/fd/{file}"
        if attempt(lambda t=target, o=options: os.read(os.open(t, os.O_RDONLY, **o), 1)) == "OK":
            read.append(f"{path} {name}")
        if attempt(os.open, target, os.O_WRONLY, **options) == "OK":
            written.append(f"{path} {name}")
open("own", "w").close()
own = os.open("own", os.O_PATH)
report(
    {"read": read, "written": written}, attempt(os.open, f"/proc/self/fd/{own}", os.O_RDWR) == "OK"
)
