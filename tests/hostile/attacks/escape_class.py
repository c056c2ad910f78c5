"""Calls that only escapes need. All arguments are inert: none could do harm if it were let through.

attack: 5
guarantee: G6
observed: {"let through": [], "not killed": []}
"""

from kit import *

BAD = -1  # as a pointer, a descriptor, a magic number
NAMES = """bpf pidfd_getfd kexec_load init_module finit_module delete_module
open_by_handle_at quotactl acct swapon reboot iopl ioperm""".split()
answers = {name: in_child(syscall, name, BAD, BAD, BAD, BAD, BAD) for name in NAMES}
observed = {
    "let through": [name for name, answer in answers.items() if answer == "OK"],
    "not killed": [f"{name}: {answer}" for name, answer in answers.items() if answer != "SIGSYS"],
}
report(observed, in_child(syscall, "getpid") == "OK")
