"""Traces, reads and writes each process it knows of: the server, its zygotes, supervisors, the neighbour.

attack: 4
guarantee: G3 G6 G9
observed: {"ptrace seize": ["EPERM"], "ptrace attach": ["EPERM"], "read": ["EPERM"], "write": ["EPERM"], "kcmp": ["ENOSYS"]}
"""

from kit import *

vector = address(struct.pack("<QQ", address(bytes(16)), 16))
CALLS = {
    "ptrace seize": lambda pid: syscall("ptrace", 0x4206, pid, 0, 0),
    "ptrace attach": lambda pid: syscall("ptrace", 16, pid, 0, 0),
    "read": lambda pid: syscall("process_vm_readv", pid, vector, 1, vector, 1, 0),
    "write": lambda pid: syscall("process_vm_writev", pid, vector, 0, vector, 0, 0),
    "kcmp": lambda pid: syscall("kcmp", pid, os.getpid(), 2, 0, 0),
}
observed = {
    name: sorted({in_child(call, pid) for pid in foreign()}) for name, call in CALLS.items()
}
report(observed, len(foreign()) >= 2)
