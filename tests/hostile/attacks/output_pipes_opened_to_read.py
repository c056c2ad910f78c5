"""Opens its own output pipes to read away what the host waits for, and to change who may open them.

attack: 17 43
guarantee: G7 G9
observed: {"read": "EACCES", "read and write": "EACCES", "mode": "EPERM", "owner": "EPERM"}
observed.restricted: {"read": "OK", "read and write": "OK", "mode": "OK", "owner": "refused"}
"""

from kit import *

PIPE = "/proc/self/fd/1"


def read_away(flags):
    # Text that is read here, where it may be, is lost to nobody, and the host does not wait for it.
    descriptor = os.open(PIPE, flags | os.O_NONBLOCK)
    for _ in range(1000):
        os.write(1, b"x")
        attempt(os.read, descriptor, 1)
    os.close(descriptor)


report(
    {
        "read": attempt(read_away, os.O_RDONLY),
        "read and write": attempt(read_away, os.O_RDWR),
        "mode": attempt(os.fchmod, 1, 0o666),
        "owner": attempt(os.fchown, 1, 0, 0),
    },
    os.close(os.open(PIPE, os.O_WRONLY)) is None,
)
