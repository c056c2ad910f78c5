"""Takes leases, delegations, notifications and write hints of files that it may only read, and of its own.

The holder of a lease or delegation is notified when others open or remove the file, and delays
them; a hint stays with the inode for the next session to read.

attack: 14 47
guarantee: G3 G6 G9
observed: {"not refused": []}
"""

import fcntl

from kit import *

HIGH = 0x1_0000_0000
files = {
    "shared": os.open(os.__file__, os.O_RDONLY),
    "shared folder": os.open(os.path.dirname(os.__file__), os.O_RDONLY),
    "own": os.open("own", os.O_RDWR | os.O_CREAT),
    "own folder": os.open(".", os.O_RDONLY),
}
COMMANDS = {"F_SETLEASE": 1024, "F_GETLEASE": 1025, "F_NOTIFY": 1026, "F_GET_RW_HINT": 1035, "F_SET_RW_HINT": 1036,
            "F_GET_FILE_RW_HINT": 1037, "F_SET_FILE_RW_HINT": 1038, "F_GETDELEG": 1039, "F_SETDELEG": 1040}  # fmt: skip
argument = address(struct.pack("Q", 2))
cases = {}
for where, fd in files.items():
    for name, command in COMMANDS.items():
        for junk in (0, HIGH):
            cases[f"{name} | {junk:#x} on {where}"] = ("fcntl", fd, junk | command, argument)
            cases[f"{name} | {junk:#x} on {where}, by value"] = ("fcntl", fd, junk | command, 0)
copy = fcntl.fcntl(files["own"], fcntl.F_DUPFD_CLOEXEC, 50)
report(
    {"not refused": refusals(syscall, cases)},
    copy >= 50
    and in_child(syscall, "fcntl", files["own"], HIGH | fcntl.F_GETFL, 0) == "OK"
    and attempt(fcntl.lockf, files["own"], fcntl.LOCK_EX | fcntl.LOCK_NB) == "OK",
)
