"""Takes other ids and capabilities back.

attack: 11
guarantee: G5
observed: {"ids": [], "capabilities": ["0000000000000000"], "capset": ["EPERM", "EACCES"], "ambient": ["EPERM", "EACCES", "EINVAL"], "securebits": ["EPERM", "EACCES"]}
"""

from kit import *

ids = {name: in_child(syscall, name, 0, 0, 0) for name in ("setuid", "setgid", "setresuid")}
ids["setgroups"] = in_child(syscall, "setgroups", 0, 0)
header = ctypes.create_string_buffer(struct.pack("<Ii", 0x20080522, 0))
data = ctypes.create_string_buffer(struct.pack("<6I", *[0xFFFFFFFF] * 6))
with open("/proc/self/status") as status:
    capabilities = {line.split()[1] for line in status if line.startswith("Cap")}


def prctl(*arguments):
    ctypes.set_errno(0)
    failed = libc.prctl(*[ctypes.c_ulong(a) for a in arguments]) < 0
    return errno.errorcode.get(ctypes.get_errno(), "errno 0") if failed else "OK"


report(
    {
        "ids": [name for name, answer in ids.items() if answer == "OK"],
        "capabilities": sorted(capabilities),
        "capset": in_child(syscall, "capset", ctypes.addressof(header), ctypes.addressof(data)),
        "ambient": in_child(prctl, 47, 2, 21, 0, 0),
        "securebits": in_child(prctl, 28, 0, 0, 0, 0),
    },
    os.getuid() != 0 and syscall("getpid") == "OK",
)
