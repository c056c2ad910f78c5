"""Leaves marks where sessions could meet: SysV and POSIX queues, semaphores, shared memory.

attack: 36
guarantee: G9
observed: {"shmget": ["EPERM", "ENOSYS", "EACCES", "SIGSYS"], "semget": ["EPERM", "ENOSYS", "EACCES", "SIGSYS"], "msgget": ["EPERM", "ENOSYS", "EACCES", "SIGSYS"], "mq_open": ["EPERM", "ENOSYS", "EACCES", "SIGSYS"], "keyring": ["EPERM", "ENOSYS", "EACCES", "SIGSYS"], "seen": []}
"""

from multiprocessing import shared_memory

from kit import *

name = ctypes.create_string_buffer(b"carrel")
ring = [ctypes.create_string_buffer(text) for text in (b"user", b"carrel", b"x")]
block = shared_memory.SharedMemory("carrel", create=True, size=4096)
observed = {
    "shmget": in_child(syscall, "shmget", 0x1234, 4096, 0o1666),
    "semget": in_child(syscall, "semget", 0x1234, 1, 0o1666),
    "msgget": in_child(syscall, "msgget", 0x1234, 0o1666),
    "mq_open": in_child(syscall, "mq_open", ctypes.addressof(name), 0o102, 0o666, 0),
    "keyring": in_child(syscall, "add_key", *[ctypes.addressof(item) for item in ring], 1, -4),
    "seen": [
        item
        for folder in ("/tmp", "/dev/shm")
        for item in os.listdir(folder)
        if "neighbour" in item
    ],
}
control_passed = os.path.exists("/dev/shm/carrel")
block.close()
block.unlink()
report(observed, control_passed)
