"""Matches a regular expression whose time doubles with each character.

attack: 48
guarantee: G7
timeout: 1
cause: TIMEOUT
"""

import re

from kit import *

control(True)
re.match(r"(a|a)*(a|a)*$", "a" * 60 + "b")
