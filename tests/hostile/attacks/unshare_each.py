"""Unshares each namespace, alone and together, and what threads share.

attack: 2
guarantee: G5 G6
observed: {"not refused": []}
"""

from kit import *

FLAGS = {"time": 0x80, "mount": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000,
         "user": 0x10000000, "pid": 0x20000000, "net": 0x40000000, "files": 0x400, "fs": 0x200,
         "sysvsem": 0x40000, "all": 0x7E020080}  # fmt: skip
cases = {name: ("unshare", flag) for name, flag in FLAGS.items()}
report({"not refused": refusals(syscall, cases)}, syscall("getpid") == "OK")
