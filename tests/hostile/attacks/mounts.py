"""Mounts, unmounts, changes its root. All arguments are inert.

attack: 12
guarantee: G1 G2
observed: {"mount": ["SIGSYS", "EPERM"], "umount2": ["SIGSYS", "EPERM"], "pivot_root": ["SIGSYS", "EPERM"], "chroot": ["SIGSYS", "EPERM"], "fsopen": ["SIGSYS", "EPERM"], "move_mount": ["SIGSYS", "EPERM"], "open_tree": ["SIGSYS", "EPERM"]}
"""

from kit import *

here = ctypes.create_string_buffer(b"/mnt/data")
path = ctypes.addressof(here)
observed = {
    name: in_child(syscall, name, -1, -1, -1, -1, -1) for name in ("mount", "umount2", "pivot_root")
}
observed["chroot"] = in_child(syscall, "chroot", path)
observed["fsopen"] = in_child(syscall, "fsopen", -1, 0)
observed["move_mount"] = in_child(syscall, "move_mount", -1, -1, -1, -1, 0)
observed["open_tree"] = in_child(syscall, "open_tree", -1, path, 1)
report(observed, in_child(syscall, "getpid") == "OK")
