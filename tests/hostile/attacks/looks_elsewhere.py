"""Looks at names that are not its own: sizes, rights, links, attributes, working folders. Opens nothing.

attack: 35
guarantee: G1 G9
observed: {"seen": []}
"""

from kit import *

known = facts()
TARGETS = [known["neighbour_file"], os.path.dirname(known["neighbour_file"]), known["victim"], known["log"],
           known["data_directory"] + "/sessions", known["socket"], "/root/.bashrc", "/root/.ssh"]  # fmt: skip
LOOKS = {"stat": os.stat, "access": lambda p: os.stat(p) if os.access(p, os.F_OK) else os.stat("/nothing"),
         "readlink": os.readlink, "listxattr": os.listxattr, "statvfs": os.statvfs, "chdir": os.chdir,
         "path": lambda p: os.fstat(os.open(p, os.O_PATH))}  # fmt: skip
seen = [
    f"{n} {path}" for path in TARGETS for n, look in LOOKS.items() if attempt(look, path) == "OK"
]
os.chdir("/mnt/data")
report({"seen": seen}, [n for n, look in LOOKS.items() if attempt(look, "/mnt/data") == "OK"] != [])
