"""Displays images that are empty, cut short, of another kind, of no kind.

attack: 38
guarantee: G7
cause: COMPLETED
calls: {"list": "OK"}
"""

from kit import *

control(True)
PNG = b"\x89PNG\r\n\x1a\n"
for data in (
    b"",
    PNG,
    PNG + b"\xff" * 100,
    b"GIF89a",
    b"\xff\xd8\xff",
    b"<svg",
    b"MZ",
    b"%PDF-1.4",
    b"\0" * 1000,
):
    for kind in ("png", "jpeg", "gif", "svg+xml", "webp", "bmp", "tiff", "x-icon", "avif"):
        display({f"image/{kind}": data, "text/plain": "image"}, raw=True)
