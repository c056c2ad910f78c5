"""Traces processes and reads their memory and descriptors: its own parent, pid 1.

attack: 4
guarantee: G3 G6
observed: {"ptrace traceme": "EPERM", "ptrace attach": "EPERM", "process_vm_readv": "EPERM", "process_vm_writev": "EPERM", "pidfd_getfd": "SIGSYS", "kcmp": "ENOSYS"}
"""

from kit import *

parent = os.getpid()
try:
    pidfd = os.pidfd_open(parent)
except OSError:  # pidfd_open is refused; the directory in /proc serves as a pidfd.
    pidfd = os.open("/proc/self", os.O_RDONLY)
observed = {
    "ptrace traceme": in_child(syscall, "ptrace", 0, 0, 0, 0),
    "ptrace attach": in_child(syscall, "ptrace", 16, 1, 0, 0),
    "process_vm_readv": in_child(syscall, "process_vm_readv", parent, 0, 0, 0, 0, 0),
    "process_vm_writev": in_child(syscall, "process_vm_writev", parent, 0, 0, 0, 0, 0),
    "pidfd_getfd": in_child(syscall, "pidfd_getfd", pidfd, 0, 0),
    "kcmp": in_child(syscall, "kcmp", parent, 1, 0, 0, 0),
}
report(observed, in_child(syscall, "getpid") == "OK")
