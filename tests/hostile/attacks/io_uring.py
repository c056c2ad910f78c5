"""Sets up io_uring, a second way to make most system calls, past the filter.

attack: 3
guarantee: G6
observed: {"setup": "ENOSYS", "enter": "ENOSYS", "register": "ENOSYS"}
"""

from kit import *

params = ctypes.create_string_buffer(256)
observed = {
    "setup": in_child(syscall, "io_uring_setup", 8, ctypes.addressof(params)),
    "enter": in_child(syscall, "io_uring_enter", 0, 0, 0, 0, 0, 0),
    "register": in_child(syscall, "io_uring_register", 0, 0, 0, 0),
}
report(observed, syscall("getpid") == "OK")
