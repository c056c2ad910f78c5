"""Traces and profiles everything with functions that raise, exit and recurse, in all threads.

attack: 26
guarantee: G9
cause: COMPLETED EXCEPTION SYSTEM_EXIT
next: any
"""

import threading

from kit import *

control(True)


def trace(frame, event, argument):
    if "kernel" in frame.f_code.co_filename:
        raise SystemExit("traced")
    return trace


threading.settrace(trace)
threading.setprofile(trace)
sys.settrace(trace)
sys.setprofile(trace)
