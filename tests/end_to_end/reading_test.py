"""IPython's options for reading the source of a cell take effect."""

from __future__ import annotations

import pytest
from carrel import Cause, State
from support import run, trace, value


def results(session, code):
    events = []
    session.execute(code, on_event=events.append)
    return [text for kind, text in trace(events) if kind == "result"]


SHELLS = ("InteractiveShell", "get_ipython()")


@pytest.mark.parametrize("shell", SHELLS)
def test_interactivity_decides_what_is_shown(session, shell):
    run(session, "from IPython.core.interactiveshell import InteractiveShell")
    assert results(session, "1\n2\nx = 3") == []
    for interactivity, code, shown in (
        ("all", "1\n2\nx = 3", ["1", "2"]),
        ("last", "1\n2", ["2"]),
        ("last_expr_or_assign", "1\nx = 3", ["3"]),
        ("none", "1\n2", []),
        ("last_expr", "1\n2", ["2"]),
    ):
        run(session, f"{shell}.ast_node_interactivity = {interactivity!r};")
        assert results(session, code) == shown, interactivity


def test_unknown_interactivity_is_told(session):
    run(session, "from IPython.core.interactiveshell import InteractiveShell")
    run(session, "InteractiveShell.ast_node_interactivity = 'some';")
    result = session.execute("1")
    assert result.error.type == "ValueError"


@pytest.mark.parametrize("where", ["input_transformers_cleanup", "input_transformers_post"])
def test_transformers_of_the_input_see_every_cell(session, where):
    run(
        session,
        "def euros(lines): return [line.replace('EURO', '100') for line in lines]\n"
        f"get_ipython().{where}.append(euros)",
    )
    assert run(session, "EURO + 1").text == "101"
    assert run(session, "x = EURO\nx").text == "100"
    run(session, f"get_ipython().{where}.remove(euros)")
    assert session.execute("EURO").error.type == "NameError"


def test_ast_transformers_see_every_cell(session):
    run(
        session,
        "import ast\nclass Double(ast.NodeTransformer):\n"
        "    def visit_Constant(self, node): return ast.Constant(node.value * 2)\n"
        "get_ipython().ast_transformers.append(Double())",
    )
    assert run(session, "21").text == "42"


def test_macro_is_run_by_its_name(session):
    run(session, "x = 1")
    run(session, "x += 1")
    run(session, "%macro again 2")
    run(session, "again")
    assert value(session, "x") == "3"


def test_open_is_the_builtin(session):
    code = """
from unittest.mock import mock_open, patch
with patch('builtins.open', mock_open(read_data='patched')):
    print(open('nowhere').read())
import builtins
print(open is builtins.open)
"""
    assert run(session, code).stdout == "patched\nTrue\n"


EXITS = {
    "exit": (State.SUCCEEDED, 0),
    "exit()": (State.SUCCEEDED, 0),
    "exit(0)": (State.SUCCEEDED, 0),
    "exit(4)": (State.FAILED, 4),
    "quit(2)": (State.FAILED, 2),
    "quit('message')": (State.FAILED, 1),
    "quit": (State.SUCCEEDED, 0),
    "if True:\n    exit(3)": (State.FAILED, 3),
    "__import__('helper').stop()": (State.FAILED, 5),
}


@pytest.mark.parametrize(("code", "ending"), EXITS.items(), ids=EXITS)
def test_exit_and_quit_take_pythons_codes(session, code, ending):
    session.write_bytes(b"def stop(): exit(5)\n", "helper.py")
    result = session.execute(code)
    execution = result.execution
    assert execution.cause is Cause.SYSTEM_EXIT
    assert (execution.state, execution.exit_code) == ending
    assert ("message\n" in result.stderr) == ("message" in code)


def test_libraries_that_ask_find_a_notebook(science):
    code = """
import pandas as pd
print(pd.get_option('display.max_columns'), hasattr(get_ipython(), 'kernel'))
print(type(get_ipython()).__name__)
"""
    assert run(science, code).stdout == "20 True\nZMQInteractiveShell\n"


def test_wide_frames_are_printed_whole(science):
    names = [f"column_{n:02}" for n in range(14)]
    code = f"import pandas as pd\nprint(pd.DataFrame({{name: [1000.5] for name in {names}}}))"
    printed = run(science, code).stdout
    assert all(name in printed for name in names)
