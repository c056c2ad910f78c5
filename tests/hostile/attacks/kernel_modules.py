"""Loads and removes modules, kernels and firmware. Nothing that is named exists.

attack: 5
guarantee: G6
observed: {"init_module": "SIGSYS", "finit_module": "SIGSYS", "delete_module": "SIGSYS", "kexec_load": "SIGSYS",
  "kexec_file_load": "SIGSYS", "opened": []}
"""

from kit import *

open("none.ko", "wb").close()
file = os.open("none.ko", os.O_RDONLY)
name = address(b"carrel-test-must-not-exist")
observed = {
    "init_module": in_child(syscall, "init_module", 0, 0, 0),
    "finit_module": in_child(syscall, "finit_module", file, name, 0),
    "delete_module": in_child(syscall, "delete_module", name, 0o4000),
    "kexec_load": in_child(syscall, "kexec_load", 0, -1, 0, -1),
    "kexec_file_load": in_child(syscall, "kexec_file_load", -1, -1, 0, 0, -1),
    "opened": [
        path
        for path in ("/proc/modules", "/sys/module", "/lib/modules", "/boot")
        if attempt(os.open, path, os.O_WRONLY) == "OK"
    ],
}
report(observed, in_child(syscall, "getpid") == "OK")
