"""Reads and writes its own memory, its child's and its supervisor's by process_vm_*: refused for each pid alike.

Honest programs try it on themselves (Open MPI), so it is no kill; an own pid must be no way to another's memory.

attack: 4
guarantee: G3 G6
observed: {"read": ["EPERM"], "write": ["EPERM"], "changed": false}
"""

from kit import *

kept = address(b"untouched")
local = address(struct.pack("<QQ", address(b"overwrite"), 9))
remote = address(struct.pack("<QQ", kept, 9))
child = os.fork()
if child == 0:
    signal.pause()
pids = {os.getpid(), os.getppid(), child, 0, 1}
observed = {
    name: sorted({syscall(call, pid, local, 1, remote, 1, 0) for pid in pids})
    for name, call in (("read", "process_vm_readv"), ("write", "process_vm_writev"))
}
observed["changed"] = ctypes.string_at(kept, 9) != b"untouched"
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
report(observed, syscall("getpid") == "OK")
