"""Counts comments without a subject, and the verb "tell", in C++, protos and Python.

A comment is a sentence with a subject. A fragment is recognised by its first word: a relative or
interrogative pronoun ("Who is sampled"), a conjunction ("Else null"), or a preposition or a
subordinating conjunction whose sentence has no comma after which a main clause could begin ("Of the
whole memory"). Verbs ("Returns …") and nouns ("The host's end") may open a comment. Docstrings of
Python count as comments.

By the same measure LevelDB has 2 % of fragments.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_FRAGMENT_PERCENT = 4.0
MAX_TELLS_PER_1000_WORDS = 0.2

_WITHOUT_SUBJECT = re.compile(
    r"(?:who|whose|whom|whoever|what|whatever|which|how|why|whether"  # Pronouns.
    r"|and|but|or|nor|else|not|neither|than|so|yet|too)\b",  # Conjunctions.
    re.IGNORECASE,
)
# Prepositions and subordinating conjunctions.
_BEFORE_MAIN_CLAUSE = re.compile(
    r"(?:about|after|against|although|among|as|at|because|before|beside|between|beyond|both|by"
    r"|during|except|for|from|if|in|instead|into|like|of|on|once|over|per|since|though|through|to"
    r"|under|unless|until|when|whenever|where|wherever|while|with|within|without)\b",
    re.IGNORECASE,
)
# The end of a first clause.
_CLAUSE_END = re.compile(r"(?<=[.!?])\s|[:;]\s")
_TELL = re.compile(r"\b(?:tells?|told|telling)\b", re.IGNORECASE)
# Comments that are read by tools, or that are no prose.
_NOT_PROSE = re.compile(
    r"Copyright|SPDX|NOLINT|namespace |---|===|https?:|type: |noqa|fmt: |ruff: "
)
_MIN_WORDS = 3


@dataclass(frozen=True)
class Comment:
    """A comment, its lines joined by spaces."""

    path: Path
    line: int  # The line number of its first line, from 1.
    text: str


def is_fragment(text: str) -> bool:
    """Returns whether a comment opens without a subject."""
    clause = _CLAUSE_END.split(text)[0]
    if _WITHOUT_SUBJECT.match(text):
        return not clause.endswith("?")
    return _BEFORE_MAIN_CLAUSE.match(text) is not None and ", " not in clause


def is_prose(text: str) -> bool:
    """Returns whether a comment is meant for a reader and long enough to be a sentence."""
    return len(text.split()) >= _MIN_WORDS and _NOT_PROSE.match(text) is None


def slash_comments(path: Path) -> Iterator[Comment]:
    """Yields the comments of C++ and protos: blocks of lines, and those behind code."""
    block: list[str] = []
    for number, line in enumerate([*path.read_text().splitlines(), ""], 1):
        if (whole := re.match(r"\s*//+\s?(.*)", line)) is not None:
            block.append(whole[1].strip())
            continue
        if block:
            yield Comment(path, number - len(block), " ".join(block))
            block = []
        if (behind := re.search(r"[;{},)]\s+//\s+([^\"]*)$", line)) is not None:
            yield Comment(path, number, behind[1].strip())


def python_comments(path: Path) -> Iterator[Comment]:
    """Yields docstrings, and comments: blocks of lines, and those behind code."""
    text = path.read_text()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring is not None:
                yield Comment(path, node.body[0].lineno, " ".join(docstring.split()))
    block: list[str] = []
    start = end = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT:
            continue
        stands_alone = token.line.lstrip().startswith("#")
        if block and not (stands_alone and token.start[0] == end + 1):
            yield Comment(path, start, " ".join(block))
            block = []
        if not block:
            start = token.start[0]
        block.append(token.string.lstrip("#! ").strip())
        end = token.start[0] if stands_alone else -1
    if block:
        yield Comment(path, start, " ".join(block))


def comments_of(path: Path) -> Iterator[Comment]:
    """Yields the comments of a file that are prose."""
    read = python_comments if path.suffix == ".py" else slash_comments
    return (comment for comment in read(path) if is_prose(comment.text))


def our_files(below: list[str]) -> list[Path]:
    """Returns the files that are committed or about to be."""
    patterns = [f"{folder.rstrip('/')}/**" for folder in below] or ["**"]
    patterns = [f":(glob){pattern}" for pattern in patterns]
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    paths = [Path(name) for name in names if name.endswith((".cc", ".h", ".proto", ".py"))]
    return [path for path in paths if path.is_file()]


def main() -> int:
    """Counts, prints the sum, and returns 1 if there are too many."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", nargs="*", help="count only below these")
    parser.add_argument("--list", action="store_true", help="print every place that counts")
    arguments = parser.parse_args()
    comments = [found for path in our_files(arguments.folder) for found in comments_of(path)]
    if not comments:
        print("comment_language: no comments were found", file=sys.stderr)
        return 2
    fragments = [comment for comment in comments if is_fragment(comment.text)]
    telling = [comment for comment in comments if _TELL.search(comment.text)]
    if arguments.list:
        for comment in sorted({*fragments, *telling}, key=lambda one: (str(one.path), one.line)):
            print(f"{comment.path}:{comment.line}: {comment.text[:100]}")
    words = sum(len(comment.text.split()) for comment in comments)
    tells = sum(len(_TELL.findall(comment.text)) for comment in telling)
    percent = 100 * len(fragments) / len(comments)
    rate = 1000 * tells / words
    print(
        f"{len(comments)} comments: {percent:.1f} % open as a fragment (at most "
        f"{MAX_FRAGMENT_PERCENT:g}), {rate:.2f} times tell in 1,000 words (at most "
        f"{MAX_TELLS_PER_1000_WORDS:g}); --list shows them"
    )
    return int(percent > MAX_FRAGMENT_PERCENT or rate > MAX_TELLS_PER_1000_WORDS)


if __name__ == "__main__":
    sys.exit(main())
