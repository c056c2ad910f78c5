"""Puts another program in the interpreter's place.

attack: 43
guarantee: G8
cause: PROCESS_EXIT PROTOCOL_VIOLATION
next: any
"""

from kit import *

control(True)
os.execv("/bin/sh", ["sh", "-c", "exit 5"])
