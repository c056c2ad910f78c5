"""A fork of the interpreter ends as a script that forked would."""

from __future__ import annotations

import pytest
from support import run, value

FORK = """
import os, sys
child = os.fork()
if child == 0:
    {child}
else:
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
ENDINGS = {
    "end of the cell": ("pass", 0, ""),
    "exception": ("1 / 0", 1, "ZeroDivisionError: division by zero"),
    "sys.exit": ("sys.exit(7)", 7, ""),
    "words": ("sys.exit('no more')", 1, "no more\n"),
    "_exit": ("os._exit(9)", 9, ""),
    "killed": ("os.kill(os.getpid(), 15)", -15, ""),
    "atexit": ("__import__('atexit').register(os.write, 2, b'at exit')", 0, "at exit"),
}


@pytest.mark.parametrize(("code", "exit_code", "words"), ENDINGS.values(), ids=ENDINGS)
def test_fork_ends_with_its_own_code_and_traceback(session, code, exit_code, words):
    result = run(session, FORK.format(child=code))
    assert result.stdout == f"{exit_code}\n"
    assert words in result.stderr
    assert "_carrel" not in result.stderr


def test_prints_of_a_fork_are_whole(session):
    result = run(session, FORK.format(child="print('from the child', end='')"))
    assert result.stdout == "from the child0\n"


def test_fork_that_ends_first_leaves_the_session_as_it_was(session):
    run(session, "x = 5\n" + FORK.format(child="x = 6"))
    assert value(session, "x") == "5"
    assert session.refresh().generation == 1
