"""Writes a 32-bit program into its workspace: all its calls are of the second ABI.

attack: 1 13
guarantee: G6
observed: {"32-bit program": ["SIGSYS", "SIGSEGV", "ENOEXEC", "EACCES", "EPERM"], "int 0x80 in a 64-bit one": ["SIGSYS", "SIGSEGV"]}
"""

from kit import *

code = b"\xb8\x01\x00\x00\x00\x31\xdb\xcd\x80"  # exit(0) by int 0x80
size = 84 + len(code)
header = b"\x7fELF\x01\x01\x01" + bytes(9)
header += struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, 0x8048054, 52, 0, 0, 52, 32, 1, 0, 0, 0)
header += struct.pack("<IIIIIIII", 1, 0, 0x8048000, 0x8048000, size, size, 5, 4096)


def run(program):
    try:
        return run_program(program)
    except OSError as error:
        return errno.errorcode[error.errno]


report(
    {"32-bit program": run(header + code), "int 0x80 in a 64-bit one": run(elf(code))},
    run(elf(call_and_exit(3, 12345))) == errno.EBADF,
)
