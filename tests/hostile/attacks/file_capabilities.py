"""Gives programs file capabilities and other privileged attributes.

attack: 8 11
guarantee: G5
observed: {"security.capability": ["refused", "ENOTSUP"], "trusted": ["refused", "ENOTSUP"],
  "security.selinux": ["refused", "ENOTSUP"], "user": ["refused", "ENOTSUP"]}
"""

import shutil

from kit import *

shutil.copy("/bin/true", "program")
capability = struct.pack("<IIIII", 0x02000001, 0xFFFFFFFF, 0, 0xFFFFFFFF, 0)
NAMES = {"security.capability": capability, "trusted": b"x", "security.selinux": b"x", "user": b"x"}
observed = {}
for name, data in NAMES.items():
    attribute = name if "." in name else name + ".x"
    observed[name] = in_child(attempt, os.setxattr, "program", attribute, data)
report(observed, os.system("./program") == 0)
