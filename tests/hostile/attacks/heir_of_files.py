"""Leaves files for the next session with its uid: closed directories, odd names, devices' places.

attack: 21 36
guarantee: G8 G9
observed: {"left": true}
heir: {"found": [], "shared memory": [], "listing": ["facts.json", "kit.py"]}
"""

from pathlib import Path

from kit import *

PLACES = [
    "/tmp",
    "/var/tmp",
    "/dev/shm",
    "/mnt/data",
    "/run/session/tmp",
    "/run/session/shm",
    os.path.expanduser("~"),
]
found = [f"{p}/left" for p in PLACES if os.path.lexists(f"{p}/left")]
if heir():
    try:
        with open("/proc/sysvipc/shm") as file:
            lines = file.read().splitlines()[1:]
    except OSError:
        lines = []
    shared = [line for line in lines if str(os.getuid()) in line.split()]
    report(
        {
            "found": found,
            "shared memory": shared,
            "listing": sorted(set(os.listdir(".")) - {"__pycache__"}),
        },
        True,
    )
else:
    left = []
    for place in PLACES:
        try:
            os.makedirs(f"{place}/left/deep/deeper", exist_ok=True)
            Path(f"{place}/left/deep/file").write_text("left")
            os.mkfifo(f"{place}/left/pipe")
            os.symlink("/etc", f"{place}/left/link")
            os.chmod(f"{place}/left/deep", 0)
            os.chmod(f"{place}/left", 0)
            left.append(place)
        except OSError:
            pass
    held = [open("/mnt/data/held", "w"), open("/tmp/held", "w")]
    if os.fork() == 0:
        os.setsid()
        while True:
            signal.pause()
    report({"left": True}, {"/tmp", "/mnt/data"} <= set(left))
