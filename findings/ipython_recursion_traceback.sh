#!/usr/bin/env bash
# IPython 9.18.1: what the traceback of a recursion that was too deep costs grows with the number of
# modules that are imported, not only with its depth.
#
# Guess: a traceback is as dear as it is deep; the repeated frames are folded into one line anyway.
# Seen: ultratb asks inspect.getmodule() for the module of each frame. The file names of cells
# (<ipython-input-...>) belong to no module, so each time inspect looks through all of sys.modules:
# about depth x modules calls, some seconds of CPU where pandas, SciPy and Matplotlib are imported.
# What helps: naming the cells' module beforehand, in inspect.modulesbyfile.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
/usr/bin/python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install ipython==9.18.1 sympy==1.13.3
"$folder/env/bin/python" - <<'END'
import contextlib
import inspect
import io
import os
import sys

from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance(colors="nocolor")
asked = 0
is_module = inspect.ismodule


def count(thing):
    global asked
    asked += 1
    return is_module(thing)


def looks(label):
    """Calls of inspect.ismodule for one traceback."""
    global asked
    asked, inspect.ismodule = 0, count
    with contextlib.redirect_stdout(io.StringIO()) as out:
        shell.run_cell("def down(n): return down(n + 1)\ndown(0)")
    inspect.ismodule = is_module
    assert "skipping similar frames" in out.getvalue()
    print(f"{label}: {len(sys.modules)} modules, {asked} looks at a module")
    return asked


few = looks("before")
import sympy

many = looks("with SymPy")
shell.run_cell("pass")
name_of = shell.compile.get_code_name
shell.compile.get_code_name = lambda *arguments: "<cell>"
inspect.modulesbyfile[os.path.abspath("<cell>")] = "__main__"
named = looks("with the cell's module named")
assert many > 1.5 * few and many > 500_000 and named < many / 50, (few, many, named)
print("as it was")
END
