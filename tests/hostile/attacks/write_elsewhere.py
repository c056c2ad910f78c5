"""Makes files where it should not: the image, /etc, the root, the host's temporary directory.

New names only: nothing that exists would be changed if it were let through.

attack: 35
guarantee: G2
observed: {"written": [], "opened for writing": []}
"""

from kit import *

FOLDERS = ["/", "/etc", "/usr", "/usr/bin", "/usr/lib", "/var/tmp", "/opt", "/run", "/proc", "/sys", "/dev",
           "/mnt", "/root", "/home", "/run/session", facts()["data_directory"]]  # fmt: skip
name = "carrel-test-must-not-exist"
written = []
for folder in FOLDERS:
    if os.path.exists(folder) and os.path.samefile(folder, "/tmp"):
        continue  # its own
    path = f"{folder}/{name}"
    if attempt(os.open, path, os.O_CREAT | os.O_WRONLY) == "OK":
        written.append(folder)
        os.unlink(path)
    if attempt(os.mkdir, path) == "OK":
        written.append(f"{folder} (folder)")
        os.rmdir(path)
FILES = ["/etc/passwd", "/etc/hostname", "/usr/bin/env", sys.executable, os.__file__]
report(
    {
        "written": written,
        "opened for writing": [p for p in FILES if attempt(os.open, p, os.O_WRONLY) == "OK"],
    },
    attempt(os.open, f"/tmp/{name}", os.O_CREAT | os.O_WRONLY) == "OK"
    and attempt(os.mkdir, name) == "OK",
)
