"""Lists what it was born with: only null, two pipes and its frame socket; nothing leads out.

attack: 17
guarantee: G1 G3 G4
observed: {"kinds": {"0": "/dev/null", "1": "pipe", "2": "pipe", "3": "socket"}, "cwd": "/mnt/data", "root": "/"}
"""

from kit import *

kinds = {}
for number in os.listdir("/proc/self/fd"):
    try:
        kinds[number] = os.readlink(f"/proc/self/fd/{number}").split(":")[0]
    except OSError:
        pass  # the listing's own
mine = os.open("/dev/zero", os.O_RDONLY)
control_passed = os.readlink(f"/proc/self/fd/{mine}") == "/dev/zero"
report({"kinds": kinds, "cwd": os.getcwd(), "root": os.readlink("/proc/self/root")}, control_passed)
