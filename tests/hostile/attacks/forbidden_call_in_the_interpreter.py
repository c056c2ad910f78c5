"""Makes an escape-class call in the interpreter's own process.

attack: 5
guarantee: G6
cause: FORBIDDEN_SYSCALL
signal: 31
"""

from kit import *

control(True)
syscall("bpf", -1, -1, -1)
