"""Clones with each namespace flag alone, with others, and as threads would.

attack: 2
guarantee: G5 G6
observed: {"not refused": []}
"""

from kit import *

FLAGS = {"time": 0x80, "mount": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000,
         "user": 0x10000000, "pid": 0x20000000, "net": 0x40000000}  # fmt: skip
WITH = {
    "alone": 0,
    "vfork": 0x4000,
    "parent": 0x8000,
    "fs": 0x200,
    "files": 0x400,
    "high bits": 1 << 40,
}
CASES = {f"{n}, {w}": (FLAGS[n] | WITH[w] | 17,) for n in FLAGS for w in WITH}
CASES["all"] = (sum(FLAGS.values()) | 17,)


def clone(flags):
    ctypes.set_errno(0)
    pid = libc.syscall(ctypes.c_long(56), ctypes.c_long(flags), 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return "OK" if pid > 0 else errno.errorcode[ctypes.get_errno()]


report({"not refused": refusals(clone, CASES)}, in_child(clone, 17) == "OK")
