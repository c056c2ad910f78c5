"""Inspects names of others: sizes, rights, links, attributes, directories, then their contents.

Where nothing can be mounted, a process that knows a whole name can inspect it; the name of a
session's directory cannot be guessed, nor listed, and nothing in it can be read.

attack: 35
guarantee: G1 G9
observed: {"seen": [], "content": []}
observed.container: {"seen": ["access", "chdir", "listxattr", "path", "stat", "statvfs"], "content": []}
observed.restricted: {"seen": ["access", "chdir", "listxattr", "path", "stat", "statvfs"], "content": []}
"""

from kit import *

known = facts()
neighbours = os.path.dirname(known["neighbour_file"])
TARGETS = [known["neighbour_file"], neighbours, os.path.dirname(neighbours), known["victim"], known["log"],
           known["data_directory"], known["data_directory"] + "/sessions", known["socket"],
           "/root/.bashrc", "/root/.ssh", "/root"]  # fmt: skip
LOOKS = {"stat": os.stat, "access": lambda p: os.stat(p) if os.access(p, os.F_OK) else os.stat("/nothing"),
         "readlink": os.readlink, "listxattr": os.listxattr, "statvfs": os.statvfs, "chdir": os.chdir,
         "path": lambda p: os.fstat(os.open(p, os.O_PATH))}  # fmt: skip


def read(path, **more):
    os.read(os.open(path, os.O_RDONLY, **more), 1)


def through(path):
    return f"/proc/self/fd/{os.open(path, os.O_PATH)}"


def in_there(path, look):
    """Calls `look` on `.` from within a directory."""
    os.chdir(path)
    try:
        look()
    finally:
        os.chdir("/mnt/data")


INSIDE = {
    "read": read,
    "list": os.listdir,
    "read through a descriptor": lambda p: read(through(p)),
    "list through a descriptor": lambda p: os.listdir(through(p)),
    "read beneath a descriptor": lambda p: read(
        os.path.basename(p), dir_fd=os.open(os.path.dirname(p), os.O_PATH)
    ),
    "list from within": lambda p: in_there(p, lambda: os.listdir(".")),
    "read from within": lambda p: in_there(os.path.dirname(p), lambda: read(os.path.basename(p))),
    "list beneath": lambda p: in_there(p, lambda: os.listdir("files")),
    "value of an attribute": lambda p: os.getxattr(p, "user.carrel"),
}
seen = {n for path in TARGETS for n, look in LOOKS.items() if attempt(look, path) == "OK"}
os.chdir("/mnt/data")
content = [
    f"{n} {path}" for path in TARGETS for n, look in INSIDE.items() if attempt(look, path) == "OK"
]
own = [n for n, look in INSIDE.items() if attempt(look, "/mnt/data/kit.py") == "OK"]
own += [n for n, look in INSIDE.items() if attempt(look, "/mnt/data") == "OK"]
report(
    {"seen": sorted(seen), "content": content},
    attempt(LOOKS["stat"], "/mnt/data") == "OK"
    and {"read", "list", "list through a descriptor", "read from within", "list from within"}
    <= set(own),
)
