"""Opens files by handle, without a path, as a container escape of old did.

attack: 5
guarantee: G1 G6
observed: {"make a handle": ["refused", "OK"], "open root's inode": "SIGSYS", "open its own": "SIGSYS"}
"""

from kit import *

open("own", "w").close()
handle = address(struct.pack("<Ii", 128, 0) + bytes(128))
root = address(struct.pack("<IiQ", 8, 1, 2))  # inode 2, generation 0: the root of ext4
folder = os.open(".", os.O_RDONLY)
mount = address(bytes(8))
observed = {
    "make a handle": in_child(
        syscall, "name_to_handle_at", folder, address(b"own\0"), handle, mount, 0
    ),
    "open root's inode": in_child(syscall, "open_by_handle_at", folder, root, os.O_RDONLY),
    "open its own": in_child(syscall, "open_by_handle_at", folder, handle, os.O_RDONLY),
}
report(observed, os.path.exists("own"))
