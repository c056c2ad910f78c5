"""Has a thread raise exceptions in the main thread without end, of a kind that cannot be printed.

attack: 26 49
guarantee: G7 G9
cause: COMPLETED EXCEPTION TIMEOUT
timeout: 3
next: any
"""

import ctypes
import threading

from kit import *

control(True)


class Untold(BaseException):
    def __str__(self):
        raise self

    __repr__ = __str__


main = ctypes.c_ulong(threading.main_thread().ident)
throw = ctypes.pythonapi.PyThreadState_SetAsyncExc


def work():
    while True:
        throw(main, ctypes.py_object(Untold))


threading.Thread(target=work, daemon=True).start()
