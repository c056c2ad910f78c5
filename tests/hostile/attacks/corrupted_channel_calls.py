"""Calls the kernel's own channel with wrong types, huge values and itself, from threads and forks.

attack: 26 42
guarantee: G7 G9
cause: COMPLETED EXCEPTION PROTOCOL_VIOLATION PROCESS_EXIT CRASH TIMEOUT
timeout: 10
next: any
"""

import threading

import _carrel

from kit import *

control(True)
VALUES = [
    None,
    -1,
    2**64,
    "",
    "\0",
    "\ud800",
    b"",
    b"\0" * 100,
    [],
    [("a", b"b")] * 100,
    [()],
    {},
    object(),
]


def call_all():
    for name in ("write", "display", "error"):
        function = getattr(_carrel, name, None)
        for one in VALUES:
            for two in VALUES:
                for count in range(6):
                    attempt(function, *[one, two, one, two, one][:count])


threads = [threading.Thread(target=call_all) for _ in range(3)]
for thread in threads:
    thread.start()
if os.fork() == 0:
    call_all()
    os._exit(0)
for thread in threads:
    thread.join()
