"""Runs setuid programs: one of its own making, and those the image may have.

attack: 8 11
guarantee: G5
observed: {"own": "unchanged", "of the image": [], "NoNewPrivs": "1"}
"""

import shutil
import subprocess
from pathlib import Path

from kit import *

shutil.copy("/usr/bin/id", "id")
os.chmod("id", 0o6755)
own = subprocess.run(["./id", "-u"], capture_output=True, text=True).stdout.strip()
gained = []
for folder in ("/usr/bin", "/usr/sbin", "/bin", "/sbin"):
    for path in Path(folder).glob("*"):
        try:
            mode = path.stat().st_mode
        except OSError:
            continue
        if mode & 0o6000 and path.name in ("su", "sudo", "pkexec"):
            done = subprocess.run([path, "-c", "id -u"], capture_output=True, text=True, input="")
            gained += [str(path)] if done.stdout.strip() == "0" else []
status = dict(
    line.split(":\t", 1)
    for line in Path("/proc/self/status").read_text().splitlines()
    if ":\t" in line
)
report(
    {
        "own": "unchanged" if own == str(os.getuid()) else own,
        "of the image": gained,
        "NoNewPrivs": status["NoNewPrivs"],
    },
    own.isdigit(),
)
