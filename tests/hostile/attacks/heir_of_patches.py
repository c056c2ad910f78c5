"""Patches modules that the zygote has loaded, and leaves files that Python reads at its start.

attack: 27 21
guarantee: G9
observed: {"patched": true}
heir: {"patched": [], "poisoned": [], "path": []}
"""

import builtins
import json
import sys

import IPython

from kit import *

NAMES = ["sitecustomize.py", "usercustomize.py", "json.py", "numpy.py", "matplotlibrc", ".pythonrc",
         ".ipython/profile_default/startup/x.py", ".local/lib/python3.11/site-packages/evil.pth",
         "__pycache__/kit.cpython-311.pyc"]  # fmt: skip
HOMES = ["/mnt/data", "/tmp", os.path.expanduser("~"), os.environ.get("MPLCONFIGDIR", "/tmp")]
if heir():
    modules = {"builtins": builtins, "json": json, "IPython": IPython, "os": os, "sys": sys}
    report(
        {
            "patched": [name for name, module in modules.items() if hasattr(module, "carrel_test")],
            "poisoned": [
                f"{h}/{n}" for h in HOMES for n in NAMES[:-1] if os.path.exists(f"{h}/{n}")
            ],
            "path": [entry for entry in sys.path if "evil" in entry],
        },
        True,
    )
else:
    for module in (builtins, json, IPython, os, sys):
        module.carrel_test = True
    sys.path.append("/tmp/evil")
    for home in HOMES:
        for name in NAMES:
            os.makedirs(os.path.dirname(f"{home}/{name}"), exist_ok=True)
            with open(f"{home}/{name}", "w") as file:
                file.write("import os; os._exit(66)\n")
    report({"patched": True}, hasattr(builtins, "carrel_test"))
