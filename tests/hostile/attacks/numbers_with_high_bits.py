"""Puts junk above the 32 bits of a number that the kernel reads, to look like another call to the filter.

attack: 1 7
guarantee: G6
observed: {"ptrace": "EPERM", "mount": "SIGSYS", "bpf": "SIGSYS", "keyctl": "refused", "negative": "refused"}
"""

from kit import *

HIGH = 0x1_0000_0000
observed = {
    name: in_child(syscall, NUMBERS[name] | HIGH, -1, -1, -1, -1, -1)
    for name in ("ptrace", "mount", "bpf", "keyctl")
}
observed["negative"] = in_child(syscall, -2, -1, -1, -1)
report(observed, in_child(syscall, 39 | HIGH) == "OK")
