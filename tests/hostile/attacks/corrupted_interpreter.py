"""Corrupts builtins, json, IPython, streams and signal handlers, then lets the next cell run.

attack: 26
guarantee: G9
cause: COMPLETED EXCEPTION SYSTEM_EXIT PROCESS_EXIT
next: any
"""

import builtins
import gc
import json

from kit import *

control(True)


def wrong(*_args, **_keywords):
    raise SystemExit("corrupted")


builtins.print = builtins.len = builtins.repr = builtins.isinstance = wrong
json.dumps = json.loads = wrong
gc.callbacks.append(wrong)
sys.settrace(wrong)
sys.stdout = sys.stderr = None
sys.modules["IPython"] = None
get_ipython().run_cell = wrong
