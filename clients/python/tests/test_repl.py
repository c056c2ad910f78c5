import io

import pytest

from carrel.cli.main import main
from carrel.cli.repl import is_complete, read_cell
from carrel.v1 import code_interpreter_pb2 as pb


@pytest.mark.parametrize(
    ("source", "complete"),
    [
        ("", True),
        ("x = 1", True),
        ("for i in range(3):", False),
        ("for i in range(3):\n  print(i)", False),
        ("for i in range(3):\n  print(i)\n", True),
        ("x = [1,", False),
        ("'''text", False),
        ("await f()", True),
        ("!ls", True),
        ("%timeit f()", True),
        ("%%timeit", False),
        ("%%timeit\nf()", False),
        ("%%timeit\nf()\n", True),
        ("def f(:", True),
        ("@decorator", False),
    ],
)
def test_when_a_cell_is_complete(source, complete):
    assert is_complete(source) is complete


def test_blocks_end_with_an_empty_line(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("if x:\n  y\n\nz\n"))
    assert read_cell() == "if x:\n  y\n"
    assert read_cell() == "z"
    assert read_cell() is None


def test_input_that_ends_within_a_block_is_still_run(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("if x:\n  y"))
    assert read_cell() == "if x:\n  y"
    assert read_cell() is None


def test_repl_runs_one_cell_after_the_other_in_one_session(fake, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("x = 1\n\nx\n"))
    assert main(["repl", "--address", fake.address]) == 0
    executed = [item for item in fake.requests if isinstance(item, pb.ExecuteRequest)]
    assert [(item.session, item.code) for item in executed] == [
        ("sessions/s1", "x = 1"),
        ("sessions/s1", "x"),
    ]
    assert isinstance(fake.requests[-1], pb.DeleteSessionRequest)
