"""Docs that are true: links and paths lead somewhere, commands exist, and examples run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

# Sources are the same in every isolation mode, and one server is enough for the examples.
pytestmark = pytest.mark.lanes("native")

REPOSITORY = Path(__file__).resolve().parents[1]
# Accounts of single days keep the names that things had then.
HISTORY = "bench/history/"
# Names that stand for a reader's own files, and files of Debian's packages.
MADE_UP = re.compile(r".*\b(?:analysis\.py|[A-Z]+[._]|foo)|google/")
FILE_SUFFIXES = r"\.(?:cc|h|py|proto|md|sh|textproto|in|lock|txt|cmake|supp)"

LINK = re.compile(r"\]\(([^)\s]+)\)")
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(rf"[\w.][\w.{{}},*-]*(?:/[\w.{{}},*…-]*)+|[\w-]+(?:{FILE_SUFFIXES}|\.{{[\w,]+}})")
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELL_LINE = re.compile(r"^    (?:\S*/)?(\./dev|carrel) (.+)$", re.MULTILINE)


def is_made(path: str) -> bool:
    """Returns whether .gitignore names this path or a directory above it: a build product."""
    parts = Path(path).parts
    for line in (REPOSITORY / ".gitignore").read_text().split():
        name = line.strip("/")
        if line.startswith("/"):
            if parts[: len(Path(name).parts)] == Path(name).parts:
                return True
        elif any(fnmatch(part, name) for part in parts):
            return True
    return False


@cache
def tracked() -> tuple[str, ...]:
    """Returns the files that are not made, by paths from the top. Works without git."""
    found = []
    for folder, folders, names in os.walk(REPOSITORY):
        inside = Path(folder).relative_to(REPOSITORY)
        folders[:] = [one for one in folders if one != ".git" and not is_made(str(inside / one))]
        found += [str(inside / name) for name in names if not is_made(str(inside / name))]
    assert "README.md" in found, "the walk found nothing"
    return tuple(sorted(found))


def documents() -> list[str]:
    return [name for name in tracked() if name.endswith(".md") and not name.startswith(HISTORY)]


def text_of(document: str) -> str:
    return (REPOSITORY / document).read_text()


def anchors(document: Path) -> set[str]:
    """The fragments by which GitHub links to the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def dead_links(document: str, text: str) -> list[str]:
    """Relative links that lead to no file, or to no heading of it."""
    dead = []
    for link in LINK.findall(text):
        if re.match(r"https?:|mailto:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (REPOSITORY / document).parent / name if name else REPOSITORY / document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    return dead


def expand(path: str) -> list[str]:
    """Returns `a.h` and `a.cc` of `a.{h,cc}`."""
    if (braces := re.search(r"\{([^}]*)\}", path)) is None:
        return [path]
    before, after = path[: braces.start()], path[braces.end() :]
    return [variant for part in braces[1].split(",") for variant in expand(before + part + after)]


def exists(path: str) -> bool:
    """Returns whether a tracked file or directory has this path, or one that ends with it."""
    pattern = "(?:^|.*/)" + re.escape(path.rstrip("/")).replace(r"\*", "[^/]*") + "(?:/.*)?"
    return any(re.fullmatch(pattern, name) for name in tracked()) or is_made(path)


def unknown_paths(text: str) -> list[str]:
    """Paths of the repository in back quotes that name nothing."""
    top = {name.split("/")[0] for name in tracked() if "/" in name}
    unknown = []
    for quoted in QUOTED.findall(text):
        if not PATH.fullmatch(quoted) or MADE_UP.match(quoted) or "…" in quoted:
            continue
        paths = expand(quoted.removeprefix("../").removeprefix("../"))
        is_ours = quoted.split("/")[0] in top or re.search(FILE_SUFFIXES + "$", paths[0])
        if is_ours and not all(exists(path) for path in paths):
            unknown.append(quoted)
    return unknown


@pytest.mark.parametrize("document", documents())
def test_links_and_paths_lead_somewhere(document):
    text = text_of(document)
    assert dead_links(document, text) == []
    assert unknown_paths(text) == []


def test_what_leads_nowhere_is_found():
    assert dead_links(
        "README.md", "[a](docs/no.md) [b](docs/api.md#no) [c](docs/api.md#events)"
    ) == [
        "docs/no.md",
        "docs/api.md#no",
    ]
    assert unknown_paths("`service/no.h` `no_such.cc` `dev.{h,cc}` `/mnt/data` `README.md`") == [
        "service/no.h",
        "no_such.cc",
        "dev.{h,cc}",
    ]


def commands() -> list[tuple[str, str, str]]:
    """All lines of documents that call ./dev or carrel: document, program, arguments."""
    return [
        (document, program, arguments.split("  ")[0])
        for document in documents()
        for program, arguments in SHELL_LINE.findall(text_of(document))
    ]


@cache
def help_of(*command: str) -> str:
    """Returns the output of a command's --help."""
    run = subprocess.run(
        [*command, "--help"], capture_output=True, text=True, cwd=REPOSITORY, check=True
    )
    return run.stdout


def test_commands_of_the_docs_exist():
    found = commands()
    assert {program for _, program, _ in found} == {"./dev", "carrel"}
    carrel = str(Path(sys.executable).parent / "carrel")
    for document, program, line in found:
        subcommand, *rest = shlex.split(line, comments=True)
        start = ["./dev"] if program == "./dev" else [carrel]
        assert re.search(rf"\b{re.escape(subcommand)}\b", help_of(*start)), f"{document}: {line}"
        options = {word.split("=")[0] for word in rest if word.startswith("--") and word != "--"}
        known = help_of(*start, subcommand) if options else ""
        assert {option for option in options if option not in known} == set(), document


def examples() -> list[tuple[str, str]]:
    """The blocks of Python that connect to a server: document and code."""
    return [
        (document, block)
        for document in documents()
        for block in PYTHON_BLOCK.findall(text_of(document))
        if "Client(" in block
    ]


@pytest.mark.parametrize(("document", "code"), examples(), ids=[name for name, _ in examples()])
def test_examples_of_the_docs_run(document, code, server, tmp_path):
    shutil.copytree(REPOSITORY / "examples", tmp_path / "examples")
    shutil.copy(REPOSITORY / "examples/sales.csv", tmp_path)
    code, replaced = re.subn(r'"127\.0\.0\.1:7411"', repr(server.address), code)
    assert replaced == 1
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=300
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout != ""


def test_there_are_examples():
    assert {"README.md", "clients/python/README.md"} <= {document for document, _ in examples()}
