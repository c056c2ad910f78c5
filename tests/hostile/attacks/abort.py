"""Aborts with a fault handler that dumps, and asks for a core.

attack: 25
guarantee: G8 G9
cause: CRASH
signal: 6
"""

import faulthandler

from kit import *

control(True)
faulthandler.enable()
os.abort()
