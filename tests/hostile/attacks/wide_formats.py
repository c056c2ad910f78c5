"""Formats, multiplies and pads to sizes that no memory has.

attack: 48 45
guarantee: G7
limits: {"memory_bytes": 134217728}
observed: {"format": ["MemoryError", "OverflowError", "ValueError"], "pad": "MemoryError", "multiply": ["MemoryError", "OverflowError"],
  "join": "MemoryError", "decimal": ["MemoryError", "Overflow", "InvalidOperation"], "range": "OverflowError"}
"""

import decimal

from kit import *


def exact():
    decimal.getcontext().prec = decimal.MAX_PREC
    decimal.Decimal(1) / 3


observed = {
    "format": attempt(lambda: f"{1:>{10**10}}"),
    "pad": attempt("x".ljust, 10**10),
    "multiply": attempt(lambda: [0] * 10**17),
    "join": attempt(lambda: ("x" * 10**6).join("y" * 10**6)),
    "decimal": attempt(exact),
    "range": attempt(lambda: len(range(10**30))),
}
report(observed, attempt("x".ljust, 10) == "OK")
