"""Displays small images that unpack to gigabytes, and large ones up to the limit.

attack: 38
guarantee: G7
limits: {"display_bytes": 4194304}
cause: COMPLETED
"""

import zlib

from kit import *

control(True)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


pixels = zlib.compress(bytes(20 << 20), 9)
bomb = b"\x89PNG\r\n\x1a\n" + chunk(
    b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 16, 6, 0, 0, 0)
)
bomb += chunk(b"IDAT", pixels) + chunk(b"zTXt", b"x\0\0" + pixels) + chunk(b"IEND", b"")
display({"image/png": bomb}, raw=True)
display({"image/png": bytes(3 << 20)}, raw=True)
display({"image/png": bytes(64 << 20)}, raw=True)
SVG = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi")
)
display({"image/svg+xml": SVG + "]><svg>&i;</svg>"}, raw=True)
