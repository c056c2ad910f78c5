"""Lists its first descriptors: null, two pipes, their watch, frame socket, container's directories.

attack: 17
guarantee: G1 G3 G4
observed: {"kinds": {"0": "/dev/null", "1": "pipe", "2": "pipe", "3": "socket", "8": "eventpoll"},
  "cwd": "own", "root": "/"}
observed.container: {"kinds": {"0": "/dev/null", "1": "pipe", "2": "pipe", "3": "socket", "8": "eventpoll",
  "100": "/mnt/data", "101": "/tmp", "102": ["/dev/shm", null]}, "cwd": "own", "root": "/"}
observed.restricted: {"kinds": {"0": "/dev/null", "1": "pipe", "2": "pipe", "3": "socket", "8": "eventpoll",
  "100": "/mnt/data", "101": "/tmp", "102": ["/dev/shm", null]}, "cwd": "own", "root": "/"}
"""

from kit import *

FOLDERS = ("/mnt/data", "/tmp", "/dev/shm")
kinds = {}


def kind_of(number):
    for folder in FOLDERS:
        if os.path.samestat(os.fstat(int(number)), os.stat(folder)):
            return folder
    link = os.readlink(f"/proc/self/fd/{number}")
    return link.removeprefix("anon_inode:").strip("[]") if "anon" in link else link.split(":")[0]


for number in os.listdir("/proc/self/fd"):
    try:
        kinds[number] = kind_of(number)
    except OSError:
        pass  # the listing's own
mine = os.open("/dev/zero", os.O_RDONLY)
control_passed = os.readlink(f"/proc/self/fd/{mine}") == "/dev/zero"
report(
    {
        "kinds": kinds,
        "cwd": "own" if os.path.samefile(".", "/mnt/data") else os.getcwd(),
        "root": os.readlink("/proc/self/root"),
    },
    control_passed,
)
