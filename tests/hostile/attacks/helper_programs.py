"""Writes small programs into its workspace, each of which makes one refused call on its own.

attack: 13
guarantee: G4 G6
observed: {"mount": "SIGSYS", "bpf": "SIGSYS", "setns": "SIGSYS", "keyctl": 1, "unshare": 1, "chroot": 1, "connect": 1, "io_uring_setup": 38}
"""

from kit import *

NAMES = ("mount", "bpf", "setns", "keyctl", "unshare", "chroot", "connect", "io_uring_setup")
observed = {name: run_program(elf(call_and_exit(NUMBERS[name]))) for name in NAMES}
report(observed, run_program(elf(call_and_exit(102))) == -os.getuid() & 0xFF)  # getuid
