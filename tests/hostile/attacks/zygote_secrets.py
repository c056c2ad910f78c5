"""Looks for secrets in what it inherited from the zygote: environment, memory maps, paths of the host.

attack: 23
guarantee: G1 G9
observed: {"environment": [], "maps": [], "own memory": []}
"""

from kit import *

known = facts()
needles = [known["data_directory"], known["neighbour_id"], known["secret"]]
environment = [f"{k}={v}" for k, v in os.environ.items() if any(n in v for n in needles)]
maps = [line.strip() for line in open("/proc/self/maps") if any(n in line for n in needles)]
# Only where the zygote's own heap was: our copies of the needles are elsewhere or removed below.
before = open("/proc/self/environ", "rb").read()
found = [needle for needle in needles if needle.encode() in before]
report({"environment": environment, "maps": maps, "own memory": found}, len(needles) == 3)
