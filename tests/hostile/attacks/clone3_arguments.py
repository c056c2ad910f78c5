"""Asks clone3 for namespaces, chosen pids and a cgroup. glibc must find that it does not exist.

attack: 2
guarantee: G5 G6
observed: {"user namespace": "ENOSYS", "chosen pid": "ENOSYS", "cgroup": "ENOSYS", "clear handlers": "ENOSYS"}
"""

import threading

from kit import *


def clone3(flags, set_tid=0, count=0, cgroup=0):
    arguments = struct.pack("<11Q", flags, 0, 0, 0, 17, 0, 0, 0, set_tid, count, cgroup)
    return syscall("clone3", address(arguments), 88)


observed = {
    "user namespace": in_child(clone3, 0x10000000),
    "chosen pid": in_child(clone3, 0, address(struct.pack("<i", 1)), 1),
    "cgroup": in_child(clone3, 0x200000000, 0, 0, 3),
    "clear handlers": in_child(clone3, 0x100000000),
}
thread = threading.Thread(target=lambda: None)
thread.start()
thread.join()
report(observed, True)
