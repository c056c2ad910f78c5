"""Changes descriptor tables, segment bases and processor features of itself.

attack: 5
guarantee: G6
observed: {"modify_ldt": "refused", "set_thread_area": ["refused"], "cpuid off": ["OK", "refused", "ENODEV"], "map vdso": ["refused", "EINVAL", "EEXIST"],
  "wild base": ["SIGSEGV", "EPERM"]}
"""

from kit import *


def wild_base():
    syscall("arch_prctl", 0x1002, 0xFFFF800000000000)  # ARCH_SET_FS into the kernel's half
    return errno.errorcode.get(ctypes.get_errno(), "errno 0")


observed = {
    "modify_ldt": in_child(syscall, "modify_ldt", 1, address(bytes(16)), 16),
    "set_thread_area": in_child(syscall, "set_thread_area", address(bytes(16))),
    "cpuid off": in_child(syscall, "arch_prctl", 0x1012, 0),
    "map vdso": in_child(syscall, "arch_prctl", 0x2003, 0x10000),
    "wild base": in_child(wild_base),
}
report(observed, syscall("getpid") == "OK")
