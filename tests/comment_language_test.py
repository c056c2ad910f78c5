"""The counter of tools/comment_language.py finds what it is meant to find."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

# Sources are the same in every isolation mode.
pytestmark = pytest.mark.lanes("native")

SCRIPT = Path(__file__).resolve().parents[1] / "tools/comment_language.py"
_spec = importlib.util.spec_from_file_location("comment_language", SCRIPT)
counter = importlib.util.module_from_spec(_spec)


@pytest.fixture(autouse=True, scope="module")
def _load():
    import sys

    sys.modules["comment_language"] = counter
    _spec.loader.exec_module(counter)


@pytest.mark.parametrize(
    "text",
    [
        "Who is sampled on the loop.",
        "What the guest would do.",
        "Of the whole memory.",
        "Else null.",
        "Not owned.",
        "While the writer waits for room; the reader clears it.",
    ],
)
def test_fragments_are_found(text):
    assert counter.is_fragment(text)


@pytest.mark.parametrize(
    "text",
    [
        "Processes sampled on the event loop.",
        "Returns the size of the ring.",
        "While the writer waits, the reader clears it.",
        "In a container, nothing can be mounted.",
        "What is a lease?",
        "Notified of nothing, the reader sleeps.",
    ],
)
def test_sentences_are_not(text):
    assert not counter.is_fragment(text)


def test_comments_of_c_plus_plus_are_blocks_and_what_stands_behind_code(tmp_path):
    source = tmp_path / "a.h"
    source.write_text(
        '// One sentence,\n// two lines.\nint a;  // The number of lines.\nchar* b = "// no";\n'
    )
    assert [(one.line, one.text) for one in counter.comments_of(source)] == [
        (1, "One sentence, two lines."),
        (3, "The number of lines."),
    ]


def test_comments_of_python_are_docstrings_too(tmp_path):
    source = tmp_path / "a.py"
    source.write_text('"""Says what it is."""\n\n# A comment of\n# two lines.\nA = "# no"\n')
    assert sorted(one.text for one in counter.comments_of(source)) == [
        "A comment of two lines.",
        "Says what it is.",
    ]
