"""Replaces the functions and objects of the kernel that runs its cells.

attack: 26
guarantee: G9
cause: COMPLETED EXCEPTION SYSTEM_EXIT PROCESS_EXIT PROTOCOL_VIOLATION CRASH
next: any
"""

import gc

from kit import *

control(True)
for module in list(sys.modules.values()):
    name = getattr(module, "__name__", "")
    if name.startswith("_carrel"):
        for attribute in list(vars(module)):
            if not attribute.startswith("__"):
                setattr(module, attribute, None)
for thing in gc.get_objects():
    if type(thing).__name__ in (
        "ZMQInteractiveShell",
        "Reader",
        "Tracebacks",
        "Publisher",
        "ResultHook",
    ):
        thing.__dict__.clear()
