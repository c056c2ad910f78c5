"""Compiles the source of a cell.

IPython takes a cell through some ten steps. Most of them leave a cell alone that is plain Python,
and they are most of what a short cell costs. `Reader` skips those steps for such a cell, as long as
everything that IPython would consult is unchanged since the zygote; all other cells (magics,
`!cmd`, code that does not compile) are read as IPython reads them. Either way the whole cell is
compiled before any of it runs.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import linecache
import re
from types import CodeType
from typing import TYPE_CHECKING

import _carrel
from IPython.core.autocall import IPyAutocall
from IPython.core.compilerop import CachingCompiler
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.macro import Macro

if TYPE_CHECKING:
    from _carrel_shell import ZMQInteractiveShell

# IPython removes these from the beginning of a cell: indentation, empty lines, prompts.
_FOREIGN_START = re.compile(r"\s|>>>|In \[|\.\.\.")
_FIRST_WORD = re.compile(r"[^\W\d]\w*")
# A first word of a line that is followed by one of these is no magic (IPython.core.prefilter,
# PythonOpsChecker and AssignmentChecker).
_NO_MAGIC = re.compile(r"[^\W\d]\w*\s*[=(.]")
# Code with one of these may be more than one simple statement.
_MAYBE_MORE = re.compile(r"[\n;:@]")
# A simple statement without these is an expression.
_NO_EXPRESSION = re.compile(
    r"(?:assert|break|continue|del|from|global|import|nonlocal|pass|raise|return)\b|.*="
)

# The traits that determine how a cell is read.
_TRAITS = (
    "ast_node_interactivity",
    "ast_transformers",
    "autoawait",
    "autocall",
    "input_transformer_manager",
    "input_transformers_post",
    "prefilter_manager",
)

# The flags that `from __future__ import ...` sets.
_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag


class Compiler(CachingCompiler):
    """A compiler that knows the cells' texts, for tracebacks."""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """Names a cell by Python's own hash, since SHA-1 would load OpenSSL."""
        return f"<ipython-input-{number}-{hash(transformed_code) & 0xFFFFFFFFFFFF}>"

    def cache(self, transformed_code: str, number: int = 0, raw_code: str | None = None) -> str:
        """Does what IPython's method does, without a function that is made for each cell."""
        name = self.get_code_name(raw_code or transformed_code, transformed_code, number)
        self.remember(name, transformed_code, number)
        return name

    def remember(self, name: str, code: str, number: int) -> None:
        """Does the part of `cache` that is left if the name is known."""
        self._filename_map[name] = number
        lines = code.splitlines()
        for i, line in enumerate(lines):
            lines[i] = line + "\n"
        linecache.cache[name] = (len(code), None, lines, name)

    def has(self, name: str) -> bool:
        """Returns whether it is the name of a cell."""
        return name in self._filename_map


class Reader:
    """Reads the cells of a shell."""

    def __init__(self, shell: ZMQInteractiveShell) -> None:
        self._shell = shell

    def watch(self) -> None:
        """Records IPython's defaults; runs in the zygote with the complete shell."""
        shell = self._shell
        # Traits exist once they have been read; reading one takes 1,800 instructions.
        for name in _TRAITS:
            getattr(shell, name)
        manager, prefilter = shell.input_transformer_manager, shell.prefilter_manager
        _carrel.watch(
            [(shell._trait_values, name) for name in _TRAITS]
            # Code may set `InteractiveShell.ast_node_interactivity` instead of the trait.
            + [(owner, name) for name in _TRAITS for owner in (InteractiveShell, type(shell))]
            + [(vars(shell), name) for name in ("transform_cell", "transform_ast")]
            + [(vars(manager), name) for name in _lists_of(manager)]
            + [(vars(prefilter), name) for name in _lists_of(prefilter)],
            [shell.ast_transformers, shell.input_transformers_post]
            + [getattr(manager, name) for name in _lists_of(manager)]
            + [getattr(prefilter, name) for name in _lists_of(prefilter)],
        )

    def read(self, code: str, number: int) -> tuple[str, list[CodeType]]:
        """Returns a cell as Python, and its parts, to be run in order.

        The last part may be an expression, whose value is the result; others show values by
        themselves. Raises what IPython raises for a cell that cannot be read.
        """
        if _carrel.is_unchanged() and code and not self._may_be_magic(code):
            name = self._shell.compile.get_code_name(code, code, number)
            parts = self._compile_plain(code, name)
            if parts:
                self._shell.compile.remember(name, code, number)
                return code, parts
        return self._read_as_ipython(code, number)

    def _may_be_magic(self, code: str) -> bool:
        """Returns whether IPython may read `code` as something else than Python."""
        if _NO_MAGIC.match(code):
            return False
        if _FOREIGN_START.match(code):
            return True
        if "\n" in code.rstrip("\n"):
            return False
        # A single line such as `pwd`, `ls -l` or `exit` is Python, but not meant as such.
        word = _FIRST_WORD.match(code)
        if word is None:
            return False
        if isinstance(self._shell.user_ns.get(word[0]), (IPyAutocall, Macro)):
            return True
        return self._shell.find_magic(word[0]) is not None

    def _compile_plain(self, code: str, name: str) -> list[CodeType] | None:
        """Returns the statements, and the last expression; None if Python cannot read the code."""
        try:
            if not _MAYBE_MORE.search(code):
                # The code below would have the same result. An expression compiles faster as such,
                # by an eighth; code that may be either is compiled as a statement that shows its
                # value, if it has one.
                mode = "single" if _NO_EXPRESSION.match(code) else "eval"
                return [self._compile(code, name, mode, True)]
            flags = self._shell.compile.flags | ast.PyCF_ONLY_AST
            body = compile(code, name, "exec", flags, True).body
            return self._compile_last_expression(body, name, True)
        except Exception:  # IPython will fail, too, or the code is not Python.
            return None

    def _compile_last_expression(self, body: list[ast.stmt], name: str, autoawait: bool):
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        parts = [self._compile(ast.Module(body, []), name, "exec", autoawait)] if body else []
        if last is not None:
            parts.append(self._compile(ast.Expression(last.value), name, "eval", autoawait))
        return parts

    def _compile(self, source: str | ast.mod, name: str, mode: str, autoawait: bool) -> CodeType:
        """Compiles as codeop.Compile does, with top-level await."""
        flags = self._shell.compile.flags
        if autoawait:
            flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        part: CodeType = compile(source, name, mode, flags, True)
        self._shell.compile.flags |= part.co_flags & _FUTURES
        return part

    def _read_as_ipython(self, code: str, number: int) -> tuple[str, list[CodeType]]:
        shell = self._shell
        text = shell.transform_cell(code)
        name = shell.compile.cache(text, number, raw_code=code)
        tree = shell.transform_ast(shell.compile.ast_parse(text, filename=name))
        return text, self._compile_tree(tree.body, name)

    def _compile_tree(self, body: list[ast.stmt], name: str) -> list[CodeType]:
        """Compiles as run_ast_nodes of IPython does, but before any part runs."""
        interactivity, autoawait = self._shell.ast_node_interactivity, self._shell.autoawait
        if interactivity == "last_expr_or_assign":
            body += _value_of_assignment(body)
            interactivity = "last_expr"
        if interactivity == "last_expr":
            return self._compile_last_expression(body, name, autoawait)
        shown = {"all": len(body), "last": min(1, len(body)), "none": 0}.get(interactivity)
        if shown is None:
            raise ValueError(f"Interactivity was {interactivity!r}")
        silent, body = body[: len(body) - shown], body[len(body) - shown :]
        parts = [self._compile(ast.Module(silent, []), name, "exec", autoawait)] if silent else []
        return parts + [
            self._compile(ast.Interactive([node]), name, "single", autoawait) for node in body
        ]


def _lists_of(owner: object) -> list[str]:
    """Returns the names of the attributes that are lists."""
    return [name for name, value in vars(owner).items() if isinstance(value, list)]


def _value_of_assignment(body: list[ast.stmt]) -> list[ast.stmt]:
    """Returns an expression for the target of the last assignment, if it is one name."""
    last = body[-1] if body else None
    targets = last.targets if isinstance(last, ast.Assign) else [getattr(last, "target", None)]
    if not isinstance(last, (ast.Assign, ast.AugAssign, ast.AnnAssign)) or len(targets) != 1:
        return []
    if not isinstance(targets[0], ast.Name):
        return []
    value = ast.Expr(ast.Name(targets[0].id, ast.Load()))
    return [ast.fix_missing_locations(ast.copy_location(value, last))]


def is_coroutine(part: CodeType) -> bool:
    """Returns whether the part awaits something."""
    return bool(part.co_flags & inspect.CO_COROUTINE)
