"""Writes to the frame socket itself: displays without a type, without an end, of 10,000 types, with huge metadata.

attack: 42 49
guarantee: G7 G9
limits: {"display_bytes": 1048576}
cause: COMPLETED PROTOCOL_VIOLATION
next: any
"""

from kit import *


def part(mime=b"", data=b"", last=0, metadata=b"", display_id=b""):
    fields = (
        field(1, mime) + field(2, data) + field(3, last) + field(5, display_id) + field(7, metadata)
    )
    return guest_frame(1, field(5, fields))


def send(data):
    view = memoryview(data)
    while view:
        view = view[os.write(3, view) :]


control(True)
try:
    send(part(data=b"no type", last=1))
    send(b"".join(part(b"x/%d" % n, b"x") for n in range(10_000)) + part(last=1))
    send(part(b"text/plain", b"x", 1, b'{"a":' * 50_000, b"\xff" * 50_000))
    send(part(b"image/png", b"x" * 500_000) + part(data=b"x" * 500_000) * 8 + part(last=1))
    send(part(b"text/plain\0/../..", b"\xff\xfe", 1))
    send(part(b"text/html", b"never ended"))
except OSError:
    pass
