"""Links into another session's workspace by every kind of link, for the host to follow.

attack: 28
guarantee: G1 G9
observed: {"content": []}
calls: {"read final": ["FailedPrecondition", "NotFound"], "read folder/neighbour.txt": ["FailedPrecondition", "NotFound"],
  "read up": ["FailedPrecondition", "NotFound"], "read magic/etc/hostname": ["FailedPrecondition", "NotFound"],
  "read victim": ["FailedPrecondition", "NotFound"], "read chain": ["FailedPrecondition", "NotFound"],
  "stat final": ["FailedPrecondition", "NotFound"], "stat chain": ["FailedPrecondition", "NotFound"]}
"""

from kit import *

known = facts()
os.symlink(known["neighbour_file"], "final")
os.symlink(os.path.dirname(known["neighbour_file"]), "folder")
os.symlink(f"../../{known['neighbour_folder']}/files/neighbour.txt", "up")
os.symlink("/proc/self/root", "magic")
os.symlink(known["victim"], "victim")
os.symlink("final", "chain")
content = [
    n for n in ("final", "up", "victim", "chain") if attempt(lambda n=n: open(n).read(1)) == "OK"
]
open("own", "w").write("own")
os.symlink("own", "link")
report({"content": content}, open("link").read() == "own")
