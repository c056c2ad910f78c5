"""Takes watches, file locks, leases and folder notifications until it is refused or has had many.

attack: 47
guarantee: G7
observed: {"taken": true}
"""

import fcntl

from kit import *

taken = 0
watcher = libc.inotify_init()
file = os.open("locked", os.O_RDWR | os.O_CREAT)
for number in range(2000):
    if watcher >= 0:
        os.mkdir(f"watched{number}")
        taken += libc.inotify_add_watch(watcher, f"watched{number}".encode(), 0xFFF) >= 0
    taken += attempt(fcntl.lockf, file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number * 2) == "OK"
signal.signal(signal.SIGIO, signal.SIG_IGN)  # what it has asked for comes when the next cell runs
attempt(fcntl.fcntl, file, 1024, fcntl.F_WRLCK)  # F_SETLEASE
attempt(fcntl.fcntl, os.open(".", os.O_RDONLY), fcntl.F_NOTIFY, 0x8000003F)
report({"taken": taken > 1000}, attempt(fcntl.flock, file, fcntl.LOCK_EX | fcntl.LOCK_NB) == "OK")
