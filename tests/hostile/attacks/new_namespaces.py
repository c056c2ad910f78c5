"""Makes and enters namespaces, where it would have capabilities again.

attack: 2
guarantee: G5 G6
observed: {"clone": ["EPERM", "SIGSYS"], "unshare": ["EPERM", "SIGSYS"], "setns": ["SIGSYS", "EPERM"], "clone3": "ENOSYS"}
"""

import threading

from kit import *

FLAGS = {"time": 0x80, "mount": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000,
         "user": 0x10000000, "pid": 0x20000000, "net": 0x40000000}  # fmt: skip


def clone(flags):
    ctypes.set_errno(0)
    pid = libc.syscall(ctypes.c_long(56), ctypes.c_long(flags | signal.SIGCHLD), 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return "OK" if pid > 0 else errno.errorcode[ctypes.get_errno()]


def worst(answers):
    return max(answers, key=lambda answer: answer == "OK")


own = os.open("/proc/self/ns/user", os.O_RDONLY)
thread = threading.Thread(target=lambda: None)
thread.start()
report(
    {
        "clone": worst([in_child(clone, flag) for flag in FLAGS.values()]),
        "unshare": worst([in_child(syscall, "unshare", flag) for flag in FLAGS.values()]),
        "setns": in_child(syscall, "setns", own, 0),
        "clone3": in_child(syscall, "clone3", 0, 0),
    },
    in_child(clone, 0) == "OK" and thread.join() is None,
)
