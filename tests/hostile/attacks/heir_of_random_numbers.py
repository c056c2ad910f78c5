"""Writes its random numbers down, for the next session to find the same ones in its own generators.

attack: 22 21
guarantee: G9
observed: {"drawn": true}
heir: {"the same": []}
"""

import random
import secrets
import ssl
import tempfile
import uuid

from kit import *

drawn = {
    "random": str(random.random()),
    "uuid4": str(uuid.uuid4()),
    "secrets": secrets.token_hex(16),
    "ssl": ssl.RAND_bytes(16).hex(),
    "urandom": os.urandom(16).hex(),
    "tempfile": next(tempfile._get_candidate_names()),
}
if heir():
    before = facts()["legacy"]
    report({"the same": [name for name in drawn if drawn[name] == before[name]]}, True)
else:
    report({"drawn": True}, True, legacy=drawn)
