"""Recurses in Python, JSON, pickle, copy, comparison, printing and compiling: errors, no crash.

attack: 48
guarantee: G7
observed: {"function": "RecursionError", "json": "RecursionError", "pickle": "RecursionError", "copy": "RecursionError",
  "compare": "RecursionError", "repr": "RecursionError"}
"""

import copy
import json
import pickle

from kit import *


def function():
    function()


def nest():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    return deep


deep, other = nest(), nest()
observed = {
    "function": attempt(function),
    "json": attempt(json.loads, "[" * 100_000),
    "pickle": attempt(pickle.dumps, deep),
    "copy": attempt(copy.deepcopy, deep),
    "compare": attempt(lambda: deep == other),
    "repr": attempt(repr, deep),
}
report(observed, attempt(repr, [[]]) == "OK")
