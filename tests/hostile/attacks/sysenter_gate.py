"""Calls the kernel by the sysenter instruction, which enters as a 32-bit call where it enters at all.

attack: 1
guarantee: G6
observed: {"sysenter": ["SIGSYS", "SIGSEGV", "SIGILL"]}
"""

from kit import *

# mov eax, 20; xor ebp, ebp; sysenter; ret
gate = machine_code(b"\xb8\x14\x00\x00\x00\x31\xed\x0f\x34\xc3")
report({"sysenter": in_child(gate)}, syscall("getpid") == "OK")
