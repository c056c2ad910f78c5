"""Locks memory and asks for huge pages, so that the machine cannot take it back.

attack: 45 47
guarantee: G7
observed: {"mlock": ["ENOMEM", "EPERM", "EAGAIN"], "mlockall": "refused", "huge pages": ["ENOMEM", "EPERM", "EINVAL"], "locked map": ["EAGAIN", "EPERM", "ENOMEM"]}
"""

from kit import *

block = mmap.mmap(-1, 1 << 20)
start = ctypes.addressof(ctypes.c_char.from_buffer(block))


def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) for a in arguments])
    return errno.errorcode.get(ctypes.get_errno(), "errno 0") if result == -1 else "OK"


observed = {
    "mlock": call(149, start, 1 << 20),
    "mlockall": in_child(call, 151, 3),
    "huge pages": call(9, 0, 2 << 20, 3, 0x40022, -1, 0),
    "locked map": call(9, 0, 1 << 20, 3, 0x2022, -1, 0),
}
report(observed, call(149, start, 4096) == "OK")
