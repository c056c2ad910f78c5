"""Puts hooks into imports, empties sys.modules and sys.path, deletes __import__.

attack: 26
guarantee: G9
cause: COMPLETED EXCEPTION SYSTEM_EXIT PROCESS_EXIT CRASH TIMEOUT
timeout: 3
next: any
"""

import builtins

from kit import *

control(True)


class Finder:
    def find_spec(self, name, path=None, target=None):
        raise SystemExit(name)


sys.meta_path.insert(0, Finder())
sys.path_hooks.insert(0, Finder)
sys.path_importer_cache.clear()
sys.path.clear()
for name in list(sys.modules):
    if name not in ("sys", "builtins"):
        del sys.modules[name]
del builtins.__import__
