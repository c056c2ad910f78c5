"""Removes, renames, exchanges and links what is not its own.

attack: 35
guarantee: G2 G9
observed: {"done": []}
"""

from kit import *

known = facts()
victim, neighbour = known["victim"], known["neighbour_file"]
open("own", "w").close()
pairs = [(victim, "taken"), (neighbour, "taken"), ("own", victim), ("own", neighbour), (victim, neighbour),
         ("own", os.path.dirname(victim) + "/carrel-test-must-not-exist")]  # fmt: skip
done = []
for one, two in pairs:
    left, right = address(one.encode() + b"\0"), address(two.encode() + b"\0")
    for flags in (0, 1, 2, 4):
        if in_child(syscall, "renameat2", -100, left, -100, right, flags) == "OK":
            done.append(f"rename {flags} {one}")
    done += [f"symlink {two}"] if two != "taken" and attempt(os.symlink, "own", two) == "OK" else []
for path in (victim, neighbour):
    done += [f"unlink {path}"] if attempt(os.unlink, path) == "OK" else []
    done += [f"rmdir {path}"] if attempt(os.rmdir, os.path.dirname(path)) == "OK" else []
report({"done": done}, attempt(os.rename, "own", "own2") == "OK")
