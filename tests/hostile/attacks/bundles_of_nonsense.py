"""Displays bundles with keys that are no types, a thousand types, nested bombs of JSON and metadata.

attack: 49
guarantee: G7
cause: COMPLETED EXCEPTION
"""

from kit import *

control(True)
deep = []
for _ in range(5000):
    deep = [deep]
BUNDLES = [
    {1: "x", None: "y", ("a",): "z"},
    {f"type/x{n}": "x" for n in range(1000)},
    {"text/plain": "x", "application/json": deep},
    {"": "", "\0": "\0", "text/plain": "\ud800"},
    {"text/html": {"a": 1}, "application/json": {"a": float("inf"), "b": {1, 2}}},
    {"t" * 100_000: "x"},
]
for bundle in BUNDLES:
    for metadata in ({}, {"x": deep}, {"x": "y" * 10**5}, {1: object()}):
        try:
            display(bundle, metadata=metadata, raw=True, display_id="i" * 10_000)
        except Exception:
            pass
