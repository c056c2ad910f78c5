"""Frees what everybody uses: None, small integers, the empty tuple, its own code.

attack: 25 26
guarantee: G8 G9
cause: CRASH EXCEPTION COMPLETED
next: any
"""

from kit import *

control(True)
for thing in (None, 0, 1, (), "", True):
    ctypes.c_long.from_address(id(thing)).value = 0
for _ in range(100_000):
    ctypes.pythonapi.Py_DecRef(ctypes.py_object(None))
a = [None] * 1000
del a
