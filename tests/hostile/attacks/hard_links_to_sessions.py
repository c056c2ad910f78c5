"""Links another session's files into its own, and its own into others' directories.

attack: 30
guarantee: G9
observed: {"linked": []}
calls: {"read from_neighbour": "NotFound", "read from_victim": "NotFound"}
"""

from kit import *

known = facts()
open("own", "w").close()
linked = [name for name in ("neighbour_file", "victim", "log")
          if attempt(os.link, known[name], f"from_{name.split('_')[0]}") == "OK"]  # fmt: skip
FOLDERS = [
    os.path.dirname(known["neighbour_file"]),
    os.path.dirname(known["victim"]),
    known["data_directory"],
]
linked += [f for f in FOLDERS if attempt(os.link, "own", f"{f}/carrel-test-must-not-exist") == "OK"]
linked += [
    f for f in FOLDERS if attempt(os.rename, "own", f"{f}/carrel-test-must-not-exist") == "OK"
]
report({"linked": linked}, attempt(os.link, "own", "own2") == "OK")
