"""Changes its root to directories of its own, and pivots.

attack: 12
guarantee: G1 G5
observed: {"chroot": "refused", "pivot_root": "refused", "remount": "refused", "bind": "refused", "lazy umount": "refused"}
"""

from kit import *

os.makedirs("root/old")
root, old, here = address(b"root\0"), address(b"root/old\0"), address(b"/mnt/data/root\0")
observed = {
    "chroot": in_child(syscall, "chroot", root),
    "pivot_root": in_child(syscall, "pivot_root", root, old),
    "remount": in_child(syscall, "mount", 0, here, 0, 32 | 4096, 0),
    "bind": in_child(syscall, "mount", here, here, 0, 4096, 0),
    "lazy umount": in_child(syscall, "umount2", here, 2),
}
report(observed, os.path.isdir("root/old"))
