"""Swaps a file for a pipe and back while a caller reads it: an open that blocks would hold the server up.

attack: 31 33
guarantee: G7
observed: {"swapping": true}
calls: {"read swapped x60": ["OK", "FailedPrecondition", "NotFound"], "stat swapped x20": ["OK", "FailedPrecondition", "NotFound"],
  "write swapped x20": ["OK", "FailedPrecondition", "ResourceExhausted", "Aborted"]}
"""

from kit import *

if os.fork() == 0:
    os.setsid()
    while True:
        try:
            os.mkfifo("new")
            os.rename("new", "swapped")
            open("new", "w").write("own")
            os.rename("new", "swapped")
        except OSError:
            pass
while not os.path.lexists("swapped"):
    pass
report({"swapping": True}, True)
