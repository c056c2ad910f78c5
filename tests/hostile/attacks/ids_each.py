"""Takes every user and group id it can name, by each call that sets one.

attack: 11
guarantee: G5
observed: {"not refused": [], "changed": false}
"""

from kit import *

before = (os.getresuid(), os.getresgid(), os.getgroups())
TARGETS = (0, 1, 65534, facts()["neighbour_uid"])
cases = {}
for target in TARGETS:
    for name in ("setuid", "setgid", "setfsuid", "setfsgid"):
        cases[f"{name} {target}"] = (name, target)
    for name in ("setreuid", "setregid"):
        cases[f"{name} {target}"] = (name, -1, target)
    for name in ("setresuid", "setresgid"):
        cases[f"{name} {target}"] = (name, -1, target, -1)
    cases[f"setgroups {target}"] = ("setgroups", 1, address(struct.pack("<I", target)))
not_refused = refusals(syscall, cases)
report(
    {
        "not refused": not_refused,
        "changed": before != (os.getresuid(), os.getresgid(), os.getgroups()),
    },
    os.getuid() != 0,
)
