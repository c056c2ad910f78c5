"""Uses the 32-bit gate in a thread, in the hope that only its first thread is filtered.

attack: 1
guarantee: G6
observed: {"in a thread": ["SIGSYS", "SIGSEGV"], "in a thread's child": ["SIGSYS", "SIGSEGV"]}
"""

import threading

from kit import *

by_32 = machine_code(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # getpid
answers = []


def in_a_thread():
    thread = threading.Thread(target=by_32)
    thread.start()
    thread.join()
    return "OK"


thread = threading.Thread(target=lambda: answers.append(in_child(by_32)))
thread.start()
thread.join()
report(
    {"in a thread": in_child(in_a_thread), "in a thread's child": answers[0]},
    syscall("getpid") == "OK",
)
