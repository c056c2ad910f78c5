"""Code that wraps, tees or closes sys.stdout and sys.stderr."""

from __future__ import annotations

import pytest
from support import run

WRAPPERS = {
    "TextIOWrapper": "io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')",
    "detached": "io.TextIOWrapper(sys.stdout.detach(), encoding='utf-8')",
    "BufferedWriter": "io.TextIOWrapper(io.BufferedWriter(sys.__stdout__.buffer), 'utf-8')",
    "codecs": "codecs.getwriter('utf-8')(sys.__stdout__.buffer)",
    "file": "open(1, 'w', closefd=False)",
}


@pytest.mark.parametrize("wrapper", WRAPPERS.values(), ids=WRAPPERS)
def test_wrapped_stdout_belongs_to_its_cell(session, wrapper):
    run(session, "import codecs, gc, io, sys")
    for n in range(3):
        assert run(session, f"sys.stdout = {wrapper}\nprint('Grüße {n}')").stdout == f"Grüße {n}\n"
        assert run(session, "gc.collect();\nprint('more')").stdout == "more\n"
    assert run(session, "sys.stdout = sys.__stdout__\nprint('plain')").stdout == "plain\n"


def test_output_that_cannot_be_flushed_is_told(session):
    code = """
import io, sys
buffer = io.BufferedWriter(sys.stdout.buffer)
sys.stdout = io.TextIOWrapper(buffer)
print('lost'); buffer.close()
"""
    assert "sys.stdout could not be flushed: ValueError" in run(session, code).stderr


TEE = """
import io, sys
class Tee(io.StringIO):
    def __init__(self, target):
        super().__init__(); self.target = target
    def flush(self):
        text = self.getvalue(); self.seek(0); self.truncate()
        self.target.write(text); self.target.flush()
"""


def test_stream_that_passes_on_when_flushed_is_flushed_with_its_cell(session):
    run(session, TEE)
    code = "sys.stdout, sys.stderr = Tee(sys.stdout), Tee(sys.stderr)\nprint('a')\n"
    result = run(session, code + "print('b', file=sys.stderr)")
    assert (result.stdout, result.stderr) == ("a\n", "b\n")
    assert run(session, "print('c')").stdout == "c\n"


def test_output_before_an_error_is_flushed_too(session):
    run(session, TEE + "sys.stdout = Tee(sys.stdout)")
    result = session.execute("print('before')\n1 / 0")
    assert result.stdout == "before\n"
    assert result.error.type == "ZeroDivisionError"


@pytest.mark.parametrize(
    "code",
    [
        "sys.stdout.close()",
        "sys.stdout.buffer.close()",
        "sys.__stdout__.close()",
        "with sys.stdout: print('x')",
        "import contextlib\nwith contextlib.closing(sys.stdout): pass",
    ],
)
def test_closing_stdout_does_not_close_the_sessions(session, code):
    run(session, f"import sys\n{code}")
    assert run(session, "print('still')").stdout == "still\n"


@pytest.mark.parametrize(
    "stream",
    [
        "None",
        "object()",
        "open('/dev/null', 'w')",
        "type('Bad', (), {'write': print, 'flush': 1})()",
    ],
)
def test_stream_that_cannot_be_flushed_hurts_nobody(session, stream):
    run(session, f"import sys\nsys.stdout = {stream}")
    assert run(session, "sys.stdout = sys.__stdout__\nprint('back')").stdout == "back\n"


def test_flush_that_hangs_is_the_cells(session):
    code = """
import sys, time
class Hangs:
    def write(self, text): pass
    def flush(self): time.sleep(600)
sys.stdout = Hangs()
"""
    result = session.execute(code, timeout=1)
    assert str(result.execution.cause) == "TIMEOUT"
    assert result.variables_survived
