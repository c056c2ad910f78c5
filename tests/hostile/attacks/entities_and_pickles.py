"""Parses documents that grow: XML entities, nested JSON, pickles that build without end, literal bombs.

attack: 48 37
guarantee: G7
limits: {"memory_bytes": 134217728}
timeout: 30
observed: {"entities": ["ParseError", "MemoryError", "OK"], "pickle": ["MemoryError", "UnpicklingError", "OverflowError"], "literal": ["MemoryError", "RecursionError", "SyntaxError"]}
"""

import ast
import itertools
import pickle
import xml.etree.ElementTree as ET

from kit import *

names = "abcdefghij"
bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in itertools.pairwise(names)
)
observed = {
    "entities": attempt(ET.fromstring, bomb + "]><x>&j;</x>"),
    "pickle": attempt(pickle.loads, b"\x80\x05\x8e" + struct.pack("<Q", 1 << 40)),
    "literal": attempt(ast.literal_eval, "[" * 50_000 + "]" * 50_000),
}
report(observed, ET.fromstring("<x/>").tag == "x")
