"""Makes its own files setuid and setgid, and runs them: as a program, a script, a link to one.

attack: 8 11
guarantee: G5
observed: {"program": "unchanged", "link": "unchanged", "capabilities": "0000000000000000"}
"""

import shutil
import subprocess

from kit import *


def uids(path):
    with open("/proc/self/status") as status:
        own = next(line for line in status if line.startswith("Uid:")).split()[1:]
    text = subprocess.run([path, "/proc/self/status"], capture_output=True, text=True).stdout
    lines = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    changed = lines["Uid"].split() != own
    return ("changed" if changed else "unchanged"), lines["CapEff"]


shutil.copy("/bin/cat", "program")
os.chmod("program", 0o7755)
os.symlink("program", "link")
report(
    {
        "program": uids("./program")[0],
        "link": uids("./link")[0],
        "capabilities": uids("./program")[1],
    },
    True,
)
