"""Calls the kernel by the 32-bit gate (int 0x80), whose numbers mean other calls.

attack: 1
guarantee: G6
observed: {"int 0x80": ["SIGSYS", "SIGSEGV"]}
"""

from kit import *

by_64 = machine_code(b"\xb8\x27\x00\x00\x00\x0f\x05\xc3")  # mov eax, getpid; syscall; ret
by_32 = machine_code(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, getpid; int 0x80; ret
report({"int 0x80": in_child(by_32)}, by_64() == os.getpid())
