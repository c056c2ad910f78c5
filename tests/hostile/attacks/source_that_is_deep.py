"""Runs source that is deep, wide and long: parentheses, operators, numbers, one expression of 100,000 terms.

attack: 48
guarantee: G7
observed: {"parentheses": ["SyntaxError", "MemoryError", "RecursionError"], "minus": ["SyntaxError", "MemoryError", "RecursionError"],
  "indent": ["IndentationError", "SyntaxError"], "number": ["SyntaxError"], "null": ["ValueError", "SyntaxError"]}
"""

from kit import *

SOURCES = {"parentheses": "(" * 100_000, "minus": "-" * 100_000 + "1",
           "indent": "".join(" " * n + "if 1:\n" for n in range(200)) + " " * 200 + "1",
           "number": "1" * 10_000, "null": "1\0"}  # fmt: skip
observed = {name: attempt(compile, source, "x", "exec") for name, source in SOURCES.items()}
report(observed, attempt(compile, "1", "x", "exec") == "OK")
