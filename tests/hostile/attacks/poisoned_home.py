"""Leaves files that Python, IPython and matplotlib read at start, for a later session to find.

attack: 27
guarantee: G9
observed: {"in the image": []}
"""

import sysconfig

from kit import *

for path in ("sitecustomize.py", "usercustomize.py", "matplotlibrc", ".ipython/profile_default/startup/x.py",
             ".local/lib/python3.11/site-packages/evil.pth", ".pythonrc", "numpy.py", "json.py"):  # fmt: skip
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w") as file:
        file.write("import os; os._exit(66)\n")
targets = {
    sysconfig.get_path("purelib"),
    sysconfig.get_path("stdlib"),
    "/usr/lib/python3/dist-packages",
}
targets |= {folder for folder in sys.path if folder}
written = []
for folder in sorted(targets):
    path = f"{folder}/carrel-test-must-not-exist.pth"
    if not folder.startswith("/mnt/data") and attempt(os.mknod, path) == "OK":
        written.append(folder)
        os.unlink(path)
report({"in the image": written}, os.path.exists("matplotlibrc"))
