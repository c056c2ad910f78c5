"""Installs a seccomp listener of its own, with which it could answer its children's calls.

attack: 6
guarantee: G6
observed: {"listener": ["EPERM", "EACCES", "SIGSYS"], "filter": ["EPERM", "EACCES", "SIGSYS"], "mode": 2}
"""

from kit import *

allow = struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF0000)
code = ctypes.create_string_buffer(allow)
program = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", 1, ctypes.addressof(code)))
address = ctypes.addressof(program)
report(
    {
        "listener": in_child(syscall, "seccomp", 1, 8, address),
        "filter": in_child(syscall, "seccomp", 1, 0, address),
        "mode": libc.prctl(21, 0, 0, 0, 0),
    },
    syscall("getpid") == "OK",
)
