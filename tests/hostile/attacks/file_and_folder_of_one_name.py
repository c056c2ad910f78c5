"""Swaps a file, a directory, a link and a pipe of one name under a caller's listing.

attack: 33
guarantee: G1 G7 G9
observed: {"swapping": true}
calls: {"list x30": ["OK"], "read one x30": ["OK", "FailedPrecondition", "NotFound"],
  "read one/below x30": ["OK", "FailedPrecondition", "NotFound"], "write one x10": ["OK", "FailedPrecondition", "ResourceExhausted", "Aborted"],
  "write one/below x10": ["OK", "FailedPrecondition", "NotFound", "ResourceExhausted", "Aborted"]}
"""

import shutil

from kit import *


def make(kind):
    if kind == 0:
        open("new", "w").write("own")
    elif kind == 1:
        os.makedirs("new")
        open("new/below", "w").write("own")
    elif kind == 2:
        os.symlink(os.path.dirname(facts()["victim"]), "new")
    else:
        os.mkfifo("new")


if os.fork() == 0:
    os.setsid()
    turn = 0
    while True:
        turn += 1
        try:
            make(turn % 4)
            if turn % 2:
                os.rename("new", "one") if not os.path.isdir("one") else shutil.rmtree("one")
            elif os.path.isdir("one") and not os.path.islink("one"):
                shutil.rmtree("one")
            else:
                os.unlink("one")
        except OSError:
            shutil.rmtree("new", ignore_errors=True)
            attempt(os.unlink, "new")
report({"swapping": True}, True)
