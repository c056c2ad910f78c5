"""Displays nothing, 1,024 times, with 64 KiB of metadata each, then with names that are as long as they may be.

attack: 44 49
guarantee: G7
limits: {"display_bytes": 65536, "output_bytes": 65536}
observed: {"shown": 2048}
"""

from kit import *

metadata = {"text/plain": {"x": "y" * 65000}}
for number in range(1024):
    display({"text/plain": ""}, raw=True, metadata=metadata, display_id=f"{number:0700}")
for number in range(1024):
    display({f"x/{kind}-{'y' * 240}": "" for kind in range(32)}, raw=True)
report({"shown": 2048}, True)
