"""Handlers of os.register_at_fork that the zygote keeps for the forks of sessions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

KERNEL = Path(__file__).resolve().parents[1] / "sandbox" / "child" / "kernel"

PROGRAM = """
import os, sys
import _carrel_forks

told = []

def tell(text):
    told.append(text)

def register(name):
    os.register_at_fork(
        before=lambda: tell(f"before {name}"),
        after_in_child=lambda: tell(f"child {name}"),
        after_in_parent=lambda: tell(f"parent {name}"),
    )

def fork(who):
    told.clear()
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    print(who, "child" if child == 0 else "parent", *told, sep="; ", flush=True)
    if child == 0:
        os._exit(0)

def fail():
    raise RuntimeError("told, and then the others go on")

register("a")
os.register_at_fork(before=fail)
register("b")
_carrel_forks.end_to_keep()
fork("zygote")
_carrel_forks.call_from_now_on()
register("c")
fork("session")
"""


def test_kept_handlers_run_in_forks_of_sessions_alone_and_in_pythons_order():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONPATH": str(KERNEL)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == [
        "zygote; child",
        "zygote; parent",
        "session; child; before c; before b; before a; child a; child b; child c",
        "session; parent; before c; before b; before a; parent a; parent b; parent c",
    ]
    assert done.stderr.count("RuntimeError: told") == 1
