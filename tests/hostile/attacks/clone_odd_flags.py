"""Clones siblings (CLONE_PARENT: a child of its supervisor), traced and untraced ones, and leaves them.

attack: 2 19
guarantee: G3 G8
observed: {"CLONE_PTRACE": ["OK", "refused"], "CLONE_UNTRACED": ["OK", "refused"], "CLONE_IO": ["OK", "refused"],
  "CLONE_PARENT": ["OK", "refused"], "CLONE_PIDFD": ["OK", "refused"], "siblings": ["OK", "refused"]}
"""

from kit import *

FLAGS = {"CLONE_PTRACE": 0x2000, "CLONE_UNTRACED": 0x800000, "CLONE_IO": 0x80000000, "CLONE_PARENT": 0x8000,
         "CLONE_PIDFD": 0x1000}  # fmt: skip
room = address(bytes(8))


def clone(flags, lives=False):
    ctypes.set_errno(0)
    pid = libc.syscall(ctypes.c_long(56), ctypes.c_long(flags | 17), 0, ctypes.c_long(room), 0, 0)
    if pid == 0:
        while lives:
            signal.pause()
        os._exit(0)
    return "OK" if pid > 0 else errno.errorcode[ctypes.get_errno()]


observed = {name: in_child(clone, flag) for name, flag in FLAGS.items()}
observed["siblings"] = [clone(0x8000, True) for _ in range(5)][-1]  # left to the supervisor
report(observed, in_child(clone, 0) == "OK")
