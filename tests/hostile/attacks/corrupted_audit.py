"""Adds an audit hook, which cannot be removed, that refuses all that the kernel does next.

attack: 26
guarantee: G9
cause: COMPLETED EXCEPTION SYSTEM_EXIT PROCESS_EXIT
next: any
"""

from kit import *

control(True)
sys.addaudithook(lambda event, arguments: (_ for _ in ()).throw(SystemExit(event)))
