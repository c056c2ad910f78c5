"""Raises syntax errors whose places, files and texts cannot be.

attack: 49
guarantee: G7
cause: EXCEPTION SYNTAX_ERROR
"""

from kit import *

control(True)
error = SyntaxError("bad")
error.filename, error.lineno, error.offset = "/etc/shadow", 10**18, -(10**18)
error.end_lineno, error.end_offset, error.text = "x", None, b"\xff"
raise error
