"""Uses the kernel's keyrings, which belong to users and are not in any namespace.

attack: 5 36
guarantee: G6 G9
observed: {"not refused": [], "keys shown": [0, "EACCES", "ENOENT"]}
"""

from kit import *

text = [address(item) for item in (b"user\0", b"carrel-test\0", b"x\0")]
CASES = {"add_key": ("add_key", *text, 1, -3), "request_key": ("request_key", *text, 0)}
CASES |= {f"keyctl {n}": ("keyctl", n, -3, -1, -1, -1) for n in range(33)}


def keys_shown():
    try:
        with open("/proc/keys") as file:
            return len(file.read().splitlines())
    except OSError as error:
        return errno.errorcode[error.errno]


report(
    {"not refused": refusals(syscall, CASES), "keys shown": keys_shown()},
    syscall("getpid") == "OK",
)
