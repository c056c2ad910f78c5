"""Refused calls must not look successful: no answer of 0, no errno of 0. Inert arguments.

attack: 7
guarantee: G6
observed: {"looks successful": []}
"""

from kit import *

NAMES = """add_key request_key keyctl shmget semget msgget mq_open sethostname vhangup modify_ldt
fanotify_init name_to_handle_at settimeofday clock_settime chroot setuid""".split()
answers = {name: in_child(syscall, name, -1, -1, -1, -1, -1) for name in NAMES}
report(
    {"looks successful": [n for n, answer in answers.items() if answer in ("OK", "errno 0")]},
    syscall("getpid") == "OK",
)
