"""Writes an ELF program into its workspace that makes a refused call, and runs it.

attack: 13
guarantee: G6
observed: {"ptrace": 1, "mount": "SIGSYS", "socket": 13}
"""

import subprocess

from kit import *


def program(number):
    """exit(-syscall(number, 2, 1, 0)), as the smallest of ELF files."""
    code = b"\xb8" + struct.pack("<I", number)
    code += b"\xbf\x02\x00\x00\x00\xbe\x01\x00\x00\x00\x31\xd2\x0f\x05"
    code += b"\xf7\xd8\x89\xc7\xb8\x3c\x00\x00\x00\x0f\x05"
    size = 120 + len(code)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    header += struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, size, size, 4096)
    with open("program", "wb") as file:
        file.write(header + code)
    os.chmod("program", 0o755)
    status = subprocess.run(["./program"]).returncode
    return signal.Signals(-status).name if status < 0 else status


observed = {name: program(NUMBERS[name]) for name in ("ptrace", "mount", "socket")}
report(observed, program(102) == -os.getuid() & 0xFF)  # getuid
