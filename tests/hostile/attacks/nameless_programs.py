"""Runs programs that have no name: execveat of a memfd.

attack: 8
guarantee: G1 G6
observed: {"execveat": ["EACCES", "EPERM", "SIGSYS", "no memfd"]}
"""

from kit import *


def execveat():
    try:
        descriptor = os.memfd_create("program")
    except OSError:
        return "no memfd"
    os.write(descriptor, open("/bin/true", "rb").read())
    empty = ctypes.create_string_buffer(b"")
    return syscall("execveat", descriptor, ctypes.addressof(empty), 0, 0, 0x1000)


report({"execveat": in_child(execveat)}, os.system("/bin/true") == 0)
