"""Writes to /proc/self/mem and its own program: it may hurt itself, not the image's files.

attack: 16
guarantee: G2
observed: {"exe": ["EACCES", "ETXTBSY", "EROFS", "EPERM"], "libc": ["EACCES", "EROFS", "EPERM"], "links out": []}
"""

from kit import *

exe = attempt(os.open, "/proc/self/exe", os.O_WRONLY)
library = next(line.split()[-1] for line in open("/proc/self/maps") if "libc.so" in line)
outside = [
    link for link in ("root/etc/shadow", "root/root", "root/work", "cwd/../../work")
    if attempt(os.listdir, f"/proc/self/{link}") == "OK"
    or attempt(lambda p=link: open(f"/proc/self/{p}").read(1)) == "OK"
]  # fmt: skip
report(
    {"exe": exe, "libc": attempt(os.open, library, os.O_WRONLY), "links out": outside},
    attempt(os.open, "/proc/self/maps", os.O_RDONLY) == "OK",
)
