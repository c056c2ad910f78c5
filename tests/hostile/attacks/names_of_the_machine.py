"""Asks for the name of the machine, by every way that knows one.

attack: 35
guarantee: G1
observed: {"names": ["carrel"], "set": "refused"}
"""

import platform
import socket
import subprocess

from kit import *

names = {os.uname().nodename, platform.node(), socket.gethostname()}
names.add(subprocess.run(["uname", "-n"], capture_output=True, text=True).stdout.strip())
if facts()["lane"] == "native":
    # Elsewhere the kernel knows but one name, and a system call of one's own learns it.
    buffer = ctypes.create_string_buffer(390)
    libc.syscall(63, buffer)
    names.add(buffer.raw[65:130].rstrip(b"\0").decode())
    names |= {open(path).read().strip() for path in ("/etc/hostname", "/proc/sys/kernel/hostname")}
report(
    {"names": sorted(names), "set": in_child(syscall, "sethostname", address(b"x"), 1)},
    syscall("getpid") == "OK",
)
