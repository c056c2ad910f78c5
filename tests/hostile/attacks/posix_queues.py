"""Makes message queues by every call, and looks for their file system.

attack: 36
guarantee: G6 G9
observed: {"not refused": [], "mqueue": [[]]}
"""

from kit import *

name = address(b"carrel-test\0")
cases = {
    "open": ("mq_open", name, 0o102, 0o600, 0),
    "unlink": ("mq_unlink", name),
    "send": ("mq_timedsend", 0, name, 1, 0, 0),
    "receive": ("mq_timedreceive", 0, name, 1, 0, 0),
    "notify": ("mq_notify", 0, 0),
    "attributes": ("mq_getsetattr", 0, 0, 0),
}
try:
    found = os.listdir("/dev/mqueue")
except OSError:
    found = []
report({"not refused": refusals(syscall, cases), "mqueue": [found]}, syscall("getpid") == "OK")
