"""Reads and sets the limits of every process it knows of. What it sets is what it has itself.

attack: 15
guarantee: G3 G7 G9
observed: {"read": [], "set": []}
"""

import resource

from kit import *

KINDS = (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE, resource.RLIMIT_CPU, resource.RLIMIT_AS)
own = {kind: resource.getrlimit(kind) for kind in KINDS}
read = [p for p in foreign() for k in KINDS if attempt(resource.prlimit, p, k) == "OK"]
changed = [p for p in foreign() for k in KINDS if attempt(resource.prlimit, p, k, own[k]) == "OK"]
report({"read": read, "set": changed}, attempt(resource.prlimit, 0, KINDS[0]) == "OK")
