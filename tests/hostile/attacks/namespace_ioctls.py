"""Asks namespace descriptors for their parents and owners, to get at the host's.

attack: 2
guarantee: G3 G6
observed: {"not refused": []}
"""

from kit import *

user = os.open("/proc/self/ns/user", os.O_RDONLY)
pid = os.open("/proc/self/ns/pid", os.O_RDONLY)
REQUESTS = {"NS_GET_USERNS": 0xB701, "NS_GET_PARENT": 0xB702, "NS_GET_NSTYPE": 0xB703,
            "NS_GET_OWNER_UID": 0xB704, "NS_GET_MNTNS_ID": 0x8008B705, "NS_GET_PID_FROM_PIDNS": 0x8004B706}  # fmt: skip
cases = {
    f"{n} of {d}": ("ioctl", d, r, address(bytes(8)))
    for n, r in REQUESTS.items()
    for d in (user, pid)
}
report(
    {"not refused": refusals(syscall, cases)},
    os.readlink(f"/proc/self/fd/{user}").startswith("user:"),
)
