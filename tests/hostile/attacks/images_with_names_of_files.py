"""Displays images whose types are paths, so that their files would be elsewhere.

attack: 38 32 49
guarantee: G2 G7
cause: COMPLETED
calls: {"list": "OK"}
"""

from kit import *

control(True)
TYPES = ["image/../../../../etc/x", "image//etc/x", "image/png/../../x", "image/x\0.png", "image/..", "image/.", "image/",
         "image/" + "x" * 300, "image/png; name=../../x", "image/PNG\n", "image/\ud800", "IMAGE/PNG", "image/p%2fng",
         "image/svg+xml/../x", "image/-rf", "image/ png", "/image/png", "image\\png", "", "x", "\0", "image/💥"]  # fmt: skip
for kind in TYPES:
    try:
        display({kind: b"\x89PNG data", "text/plain": kind[:20]}, raw=True)
    except UnicodeError:
        pass
