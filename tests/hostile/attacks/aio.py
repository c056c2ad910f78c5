"""Sets up the kernel's older asynchronous calls, which go on when their process has ended.

attack: 3
guarantee: G6
observed: {"io_setup": "ENOSYS", "io_submit": "refused"}
"""

from kit import *

observed = {
    "io_setup": in_child(syscall, "io_setup", 8, address(bytes(8))),
    "io_submit": in_child(syscall, "io_submit", -1, 1, address(bytes(8))),
}
report(observed, syscall("getpid") == "OK")
