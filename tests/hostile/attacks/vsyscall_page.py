"""Jumps into the vsyscall page, at its entries' middle, and reads it.

attack: 1
guarantee: G6
observed: {"middle": "SIGSEGV", "read": ["SIGSEGV", "OK"], "beyond": "SIGSEGV"}
"""

from kit import *

PAGE = 0xFFFFFFFFFF600000


def call(address):
    return ctypes.CFUNCTYPE(ctypes.c_long)(address)() and "OK"


def read():
    ctypes.string_at(PAGE, 16)
    return "OK"


observed = {
    "middle": in_child(call, PAGE + 3),
    "read": in_child(read),
    "beyond": in_child(call, PAGE + 0xC00),
}
report(observed, syscall("getpid") == "OK")
