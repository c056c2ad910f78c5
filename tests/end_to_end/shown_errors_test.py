"""The error of a cell is the exception that ended it; a shown traceback is on stderr."""

from __future__ import annotations

import pytest
from carrel import Cause, State
from support import run, value

BROKEN = """
class Broken:
    def __repr__(self): raise RuntimeError('no picture of me')
class Silent:
    def __repr__(self): return None
class NoHtml:
    def __repr__(self): return 'plain'
    def _repr_html_(self): raise RuntimeError('no html of me')
"""
SHOWN = {
    "result": ("Broken()", "no picture of me"),
    "displayed": ("display(Broken())", "no picture of me"),
    "repr of None": ("Silent()", "__repr__ returned non-string"),
    "html": ("NoHtml()", "no html of me"),
    "in a list": ("[Broken()]", "no picture of me"),
    "huge integer": ("2 ** 20000", "4300 digits"),
    "integer in a dict": ("{'a': [1, 2 ** 20000]}", "4300 digits"),
    "%run": ("open('bad.py', 'w').write('1/0\\n')\n%run bad.py", "ZeroDivisionError"),
    "%run of no Python": ("open('bad.py', 'w').write('1 +\\n')\n%run bad.py", "SyntaxError"),
    "nested cell": ("get_ipython().run_cell('[][1]')", "IndexError"),
    "callback": (
        "def callback(*_): raise OSError('of a callback')\n"
        "get_ipython().events.register('post_run_cell', callback)",
        "of a callback",
    ),
}


@pytest.mark.parametrize(("code", "words"), SHOWN.values(), ids=SHOWN)
def test_what_is_shown_does_not_end_the_cell(session, code, words):
    run(session, BROKEN)
    result = run(session, f"kept = 1\n{code}")
    assert words in result.stderr
    assert result.error is None


def test_code_after_a_broken_display_runs(session):
    run(session, BROKEN)
    assert run(session, "display(Broken())\nprint('went on')").stdout == "went on\n"


def test_the_exception_that_ends_the_cell_is_its_error(session):
    run(session, BROKEN)
    result = session.execute("display(Broken())\nraise KeyError('the real one')")
    assert (result.error.type, result.error.message) == ("KeyError", "'the real one'")
    assert "no picture of me" in result.stderr
    assert "no picture of me" not in result.error.traceback


def test_last_traceback_is_shown_by_tb(session):
    session.execute("{}['missing']")
    result = run(session, "%tb")
    assert "KeyError: 'missing'" in result.stderr


def test_figure_that_cannot_be_drawn_is_told(science):
    result = run(
        science, "import matplotlib.pyplot as plt\nplt.title(r'$\\nonsense{$')\nprint('on')"
    )
    assert result.stdout == "on\n"
    assert "nonsense" in result.stderr
    assert all(display.images == () for display in result.displays)


def test_magic_with_bad_arguments_says_so_in_one_line(session):
    result = session.execute("%there_is_no_such_magic")
    assert result.error.type == "UsageError"
    assert result.error.traceback.startswith("UsageError: Line magic function")
    assert result.stderr == ""


def test_group_of_exceptions_is_told_once(session):
    result = session.execute("raise ExceptionGroup('both', [ValueError('one'), TypeError('two')])")
    assert result.error.type == "ExceptionGroup"
    assert "ValueError: one" in result.error.traceback
    assert "_carrel" not in result.error.traceback
    assert result.stderr == ""


def test_traceback_has_the_cells_frames_and_no_others(session):
    result = session.execute("def f(): return 1 / 0\nf()")
    assert "hidden" not in result.error.traceback
    assert "_carrel" not in result.error.traceback
    assert result.error.traceback.count("Cell In[") == 2


def test_exception_with_its_own_rendering_keeps_it(session):
    code = "class Own(Exception):\n    def _render_traceback_(self): return ['rendered', 'by me']\n"
    result = session.execute(code + "raise Own('x')")
    assert result.error.traceback == "rendered\nby me"


def test_handler_of_the_users_own_does_not_hide_the_error(session):
    run(session, "get_ipython().set_custom_exc((ValueError,), lambda *a, **k: print('handled'))")
    result = session.execute("raise ValueError('x')")
    assert result.stdout == "handled\n"
    assert result.error.type == "ValueError"


def test_too_deep_recursion_is_told_at_once(science):
    run(science, "import time\nstart = time.process_time()")
    result = science.execute("def down(n): return down(n + 1)\ndown(0)")
    assert result.error.type == "RecursionError"
    assert "similar frames" in result.error.traceback
    # A traceback that asks `inspect` for the module of each frame takes a hundred times as long.
    assert float(value(science, "time.process_time() - start")) < 3


RUN_TIME_SYNTAX_ERRORS = {
    "literal": "import ast\nast.literal_eval('[1, 2')",
    "eval": "eval('1 +')",
    "import": "open('broken.py', 'w').write('def f(:\\n')\nimport broken",
    "magic": "%%time\nx = = 1",
    "raised": "raise SyntaxError('mine')",
}


@pytest.mark.parametrize("code", RUN_TIME_SYNTAX_ERRORS.values(), ids=RUN_TIME_SYNTAX_ERRORS)
def test_syntax_error_of_code_that_runs_is_an_exception(session, code):
    result = session.execute(code)
    assert (result.execution.state, result.execution.cause) == (State.FAILED, Cause.EXCEPTION)
    assert result.error.type == "SyntaxError"
    assert "variables survived" in result.execution.message


@pytest.mark.parametrize(
    "code", ["ran = 1\nreturn 5", "ran = 1\nbreak", "ran = 1\n!echo x\nawait = 1"]
)
def test_cell_that_does_not_compile_runs_nothing(session, code):
    result = session.execute(code)
    assert result.execution.cause is Cause.SYNTAX_ERROR
    assert value(session, "'ran' in globals()") == "False"


def test_error_is_told_where_the_working_directory_is_gone(session):
    run(session, "import os\nos.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')")
    result = session.execute("def f(): return 1 / 0\nf()")
    assert (result.error.type, result.execution.cause) == ("ZeroDivisionError", Cause.EXCEPTION)


def test_error_that_cannot_be_rendered_is_told(session):
    code = "class Own(Exception):\n    def _render_traceback_(self): raise OSError('not so')\n"
    result = session.execute(code + "raise Own('words')")
    assert (result.error.type, result.error.message) == ("Own", "words")
    assert "Own: words" in result.error.traceback


def test_traceback_that_cannot_be_laid_out_is_shown_as_python_does(session):
    no_memory = "def fail(*_, **__): raise MemoryError"
    run(session, f"{no_memory}\nget_ipython().InteractiveTB.get_records = fail")
    result = session.execute("1/0")
    assert (result.stdout, result.stderr) == ("", "")
    assert result.error.type == "ZeroDivisionError"
    assert "Traceback (most recent call last)" in result.error.traceback
    assert "1/0" in result.error.traceback
