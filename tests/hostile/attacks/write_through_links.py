"""Waits for uploads with links in their way: dangling, to files, to directories; and with pipes.

attack: 29
guarantee: G2 G9
calls: {"write dangling": ["OK", "FailedPrecondition"], "write to_victim": ["OK", "FailedPrecondition"],
  "write to_folder/victim.txt": ["FailedPrecondition", "NotFound"], "write to_folder/new": ["FailedPrecondition", "NotFound"],
  "write pipe": ["FailedPrecondition"], "write folder": ["FailedPrecondition"], "write pipe/below": ["FailedPrecondition", "NotFound"],
  "delete to_folder/victim.txt": ["FailedPrecondition", "NotFound"], "delete folder": ["FailedPrecondition", "NotFound"]}
cause: COMPLETED
"""

from kit import *

victim = facts()["victim"]
os.symlink(os.path.dirname(victim) + "/carrel-test-must-not-exist", "dangling")
os.symlink(victim, "to_victim")
os.symlink(os.path.dirname(victim), "to_folder")
os.mkfifo("pipe")
os.mkdir("folder")
control(os.path.islink("dangling"))
