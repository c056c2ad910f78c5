"""Shows results of hundreds of megabytes: text, HTML, JSON, bundles.

attack: 49
guarantee: G7
limits: {"memory_bytes": 268435456, "display_bytes": 1048576}
cause: COMPLETED EXCEPTION MEMORY_LIMIT
timeout: 30
next: any
"""

from kit import *

control(True)


class Huge:
    def __repr__(self):
        return "x" * (20 << 20)

    def _repr_html_(self):
        return "<b>" * (7 << 20)

    def _repr_json_(self):
        return ["x" * 100] * 10_000


display({"text/plain": "x" * (10 << 20)}, raw=True)
display(Huge())
Huge()
