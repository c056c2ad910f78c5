"""Swaps a file for links to others' files, again and again, while a caller reads and writes it.

attack: 28 29
guarantee: G1 G2 G9
observed: {"swapping": true}
calls: {"read swapped x60": ["OK", "FailedPrecondition", "NotFound", "IntegrityError", "Aborted"],
  "stat swapped x20": ["OK", "FailedPrecondition", "NotFound"],
  "write swapped x30": ["OK", "FailedPrecondition", "NotFound", "ResourceExhausted", "Aborted"],
  "delete swapped x10": ["OK", "FailedPrecondition", "NotFound"]}
"""

from kit import *

victim = facts()["victim"]
if os.fork() == 0:
    os.setsid()
    while True:
        try:
            open("new", "w").write("own")
            os.rename("new", "swapped")
            os.symlink(victim, "new")
            os.rename("new", "swapped")
        except OSError:
            pass
while not os.path.lexists("swapped"):
    pass
report({"swapping": True}, True)
