"""JSON displays: always valid, whatever the object; numbers are numbers."""

from __future__ import annotations

import json

import pytest
from support import run


def strict_json(text):
    """Parses JSON as every parser does; Python's own also takes NaN."""

    def refuse(constant):
        raise AssertionError(f"{constant} in {text[:200]}")

    return json.loads(text, parse_constant=refuse)


def json_of(session, expression, setup="", mime="application/json"):
    code = f"{setup}\ndisplay({{{mime!r}: {expression}}}, raw=True)"
    (display,) = run(session, code).displays
    return strict_json(display.get(mime).text)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("{'a': [1, 2.5, True, None, 'x']}", {"a": [1, 2.5, True, None, "x"]}),
        ("{'rows': (n for n in (1, 2)), 'set': {3}}", {"rows": [1, 2], "set": [3]}),
        ("[float('nan'), float('inf'), -float('inf')]", [None, None, None]),
        ("{'n': (n for n in (1, float('nan')))}", {"n": [1, None]}),
        ("[range(2), {1: 2}.values(), collections.deque([5])]", [[0, 1], [2], [5]]),
        ("[datetime.date(2024, 5, 1), datetime.time(3, 4)]", ["2024-05-01", "03:04:00"]),
        ("[decimal.Decimal('1.5'), fractions.Fraction(1, 4)]", [1.5, 0.25]),
        ("b'ab'", "ab"),
        ("[b'ab', pathlib.Path('/x'), 1j]", ["YWI=", "/x", "1j"]),
        ("{1: 1, 2.5: 2, None: 3, (1, 2): 4}", {"1": 1, "2.5": 2, "null": 3, "(1, 2)": 4}),
        ("{'s': '\\ud800', '\\ud800': 1, 'nul': '\\0'}", {"s": "?", "?": 1, "nul": "\0"}),
        ("'{\"a\": 1}'", {"a": 1}),
        ('\'{"a": NaN, "b": Infinity}\'', {"a": None, "b": None}),
        ("'not json'", "not json"),
        ("'[1, 2'", "[1, 2"),
        ("5", 5),
        ("10 ** 3999", 10**3999),
    ],
)
def test_json_is_what_the_object_says(session, expression, expected):
    setup = "import collections, datetime, decimal, fractions, pathlib"
    assert json_of(session, expression, setup) == expected


def test_endless_iterator_is_cut(session):
    numbers = json_of(session, "itertools.count()", "import itertools")
    assert numbers == [*range(200_000), "…"]


@pytest.mark.parametrize("mime", ["application/geo+json", "application/vnd.plotly.v1+json"])
@pytest.mark.parametrize("given", ["{'x': float('nan')}", "'{\"x\": NaN}'", "b'{\"x\": NaN}'"])
def test_all_kinds_of_json_are_json(session, mime, given):
    assert json_of(session, given, mime=mime) == {"x": None}


def test_numbers_of_numpy_and_pandas_are_numbers(science):
    setup = "import numpy as np, pandas as pd"
    expression = """{
        'rows': np.int64(5), 'mean': np.float64(0.5), 'small': np.float32(0.25), 'yes': np.bool_(1),
        'array': np.arange(4).reshape(2, 2), 'gap': np.array([1, np.nan]), np.int64(7): 'key',
        'column': pd.Series([1, 2]), 'when': pd.Timestamp('2024-05-01'),
        'missing': [pd.NaT, pd.NA, np.datetime64('NaT')], 'day': np.datetime64('2024-05-01'),
        'days': pd.to_datetime(['2024-05-01']), 'frame': pd.DataFrame({'a': [1]}),
    }"""
    assert json_of(science, expression, setup) == {
        "rows": 5,
        "mean": 0.5,
        "small": 0.25,
        "yes": True,
        "array": [[0, 1], [2, 3]],
        "gap": [1, None],
        "7": "key",
        "column": [1, 2],
        "when": "2024-05-01T00:00:00",
        "missing": [None, None, None],
        "day": "2024-05-01",
        "days": ["2024-05-01T00:00:00"],
        "frame": {"a": {"0": 1}},
    }


def test_metadata_is_json_too(science):
    code = """
import numpy as np
from IPython.display import JSON, display
display(JSON({'a': np.int64(1)}, metadata={'n': np.int64(5), 'gap': float('nan')}))
display({'text/plain': 'x'}, metadata={'text/plain': {'w': np.float32(0.5), 3: {4}}}, raw=True)
"""
    first, second = run(science, code).displays
    assert first.get("application/json").text == '{"a": 1}'
    assert first.metadata["application/json"]["n"] == 5
    assert first.metadata["application/json"]["gap"] is None
    assert second.metadata == {"text/plain": {"w": 0.5, "3": [4]}}


HOSTILE = """
import itertools
from unittest.mock import MagicMock
class Raises:
    def __repr__(self): raise ValueError
    __str__ = __iter__ = __hash__ = __repr__
class Lies(dict):
    def items(self): raise ValueError
    def __iter__(self): raise ValueError
class Number(int):
    def __repr__(self): return 'zap'
    __str__ = __repr__
class Endless:
    def tolist(self): return Endless()
circle = {}; circle['me'] = circle
deep = []
for _ in range(5000): deep = [deep]
doubly = {}
for _ in range(5000): doubly = {'a': doubly}
"""


@pytest.mark.parametrize(
    "expression",
    [
        "[Raises(), {'a': Raises()}]",
        "Lies(a=1)",
        "Endless()",
        "circle",
        "deep",
        "doubly",
        "'[' * 100_000",
        "MagicMock()",
        "2 ** 100_000",
        "itertools.count()",
        "type",
        "{Number(5): Number(7)}",
        "''",
    ],
)
def test_json_of_a_hostile_object_is_json_and_the_cell_goes_on(session, expression):
    code = f"""{HOSTILE}
metadata = {{'m': {expression}}}
display({{'application/json': {expression}, 'text/plain': 'x'}}, metadata=metadata, raw=True)
print('on')
"""
    result = run(session, code)
    assert result.stdout == "on\n"
    (display,) = result.displays
    text = display.get("application/json").text
    # No parser is required to accept more levels than these; Python's does.
    assert len(text) - len(text.lstrip("[")) <= 200
    strict_json(text)
