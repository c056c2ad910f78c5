"""Watches directories that are not its own: dnotify (F_NOTIFY), inotify, fanotify.

attack: 14 47
guarantee: G1 G3
observed: {"dnotify": [], "inotify": [], "fanotify": "refused"}
"""

import fcntl

from kit import *

known = facts()
FOLDERS = [known["data_directory"], os.path.dirname(known["neighbour_file"]), os.path.dirname(known["victim"]),
           os.path.dirname(known["log"]), "/root", "/proc/1"]  # fmt: skip
dnotify, inotify = [], []
watcher = libc.inotify_init()
for folder in FOLDERS:
    try:
        fcntl.fcntl(os.open(folder, os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_MODIFY)
        dnotify.append(folder)
    except OSError:
        pass
    if watcher >= 0 and folder.startswith(known["data_directory"]):
        if libc.inotify_add_watch(watcher, folder.encode(), 2) >= 0:
            inotify.append(folder)
report(
    {"dnotify": dnotify, "inotify": inotify, "fanotify": in_child(syscall, "fanotify_init", 0, 0)},
    attempt(os.listdir, ".") == "OK",
)
