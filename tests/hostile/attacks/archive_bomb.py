"""Unpacks a bomb: in memory, and to disk.

attack: 37 45
guarantee: G7
limits: {"memory_bytes": 134217728, "workspace_bytes": 33554432}
observed: {"in memory": "MemoryError", "to disk": "EFBIG"}
"""

import shutil
import zipfile
import zlib

from kit import *

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
deflate = zlib.compressobj()
bomb = b"".join(deflate.compress(bytes(1 << 20)) for _ in range(400)) + deflate.flush()
with (
    zipfile.ZipFile("bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive,
    archive.open("zeros", "w") as member,
):
    for _ in range(64):
        member.write(bytes(1 << 20))


def to_disk():
    with (
        zipfile.ZipFile("bomb.zip") as archive,
        archive.open("zeros") as member,
        open("zeros", "wb") as file,
    ):
        shutil.copyfileobj(member, file)


in_memory = attempt(zlib.decompress, bomb)
answer = attempt(to_disk)
os.unlink("zeros")
report({"in memory": in_memory, "to disk": answer}, len(bomb) < 1 << 20)
