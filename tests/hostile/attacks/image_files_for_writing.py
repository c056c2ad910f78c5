"""Opens files of the image, of libraries and of programs for writing.

attack: 35
guarantee: G2
observed: {"opened": [], "made": []}
"""

import sysconfig

from kit import *

FOLDERS = {sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), "/usr/lib/x86_64-linux-gnu", "/etc", "/usr/bin",
           os.path.dirname(sys.executable or "/usr/bin/x"), "/opt/carrel/env", *filter(None, sys.path)}  # fmt: skip
# The names that are tried in directories that may not be listed.
KNOWN = ("passwd", "group", "hosts", "hostname", "ld.so.cache", "nsswitch.conf", "libc.so.6", "env")


def names_in(folder):
    try:
        return sorted(os.listdir(folder))[:200]
    except OSError:
        return KNOWN


opened, made = [], []
for folder in sorted(FOLDERS):
    if folder.startswith("/mnt/data") or not os.path.isdir(folder):
        continue
    for name in names_in(folder):
        path = f"{folder}/{name}"
        if os.path.isfile(path) and attempt(os.open, path, os.O_RDWR | os.O_NOFOLLOW) == "OK":
            opened.append(path)
    if attempt(os.open, f"{folder}/carrel-test-must-not-exist", os.O_CREAT | os.O_WRONLY) == "OK":
        made.append(folder)
    if attempt(os.open, folder, os.O_TMPFILE | os.O_RDWR) == "OK":
        made.append(f"{folder} (nameless)")
report(
    {"opened": opened, "made": made},
    attempt(os.open, ".", os.O_TMPFILE | os.O_RDWR) == "OK",
)
