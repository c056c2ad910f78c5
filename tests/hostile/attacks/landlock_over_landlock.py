"""Stacks rulesets of its own on its confinement, to get rights by them or to break its supervisor.

attack: 6
guarantee: G1 G6
observed: {"ruleset": "refused", "restrict": "refused"}
"""

from kit import *

attribute = address(struct.pack("<QQQ", 1, 0, 0))
observed = {
    "ruleset": in_child(syscall, "landlock_create_ruleset", attribute, 8, 0),
    "restrict": in_child(syscall, "landlock_restrict_self", -1, 0),
}
report(observed, attempt(os.listdir, ".") == "OK")
