"""Magics that a session has beside IPython's own, or in their place.

`install` runs once in the zygote. Cells that use none of these magics run no code of this module.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magics.pylab import PylabMagics
from IPython.extensions.storemagic import StoreMagics
from IPython.external.pickleshare import PickleShareDB

# The place outlives the interpreter. Files in this directory of HOME are not artifacts.
_DATABASE = "/mnt/data/.ipython/profile_default/db"
_NO_MANAGER = (
    "there is no {name}, and nothing can be installed: this session has no network, and its Python "
    "environment is read-only. `%pip list` shows what it has"
)

# Backends that draw into a window, or use a page of Jupyter's.
_INTERACTIVE = {
    "gtk", "gtk3", "gtk4", "ipympl", "macosx", "nbagg", "notebook", "osx", "qt", "qt4", "qt5",
    "qt6", "tk", "widget", "wx",
}  # fmt: skip


class Database(PickleShareDB):
    """The store of `%store` and `%bookmark`; its directory is made when it is first used.

    The history of `%cd` is lost with the interpreter: a file of it would be unexpected.
    """

    def __init__(self, root: str) -> None:
        self.root = Path(root)
        self.cache: dict[Any, Any] = {}
        self._been: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        return self._been[key] if key == "dhist" else super().__getitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        if key == "dhist":
            self._been[key] = value
        else:
            super().__setitem__(key, value)


@magics_class
class PackageMagics(Magics):
    """Magics of package managers, which fail so that users do not assume that they have worked."""

    @line_magic
    def pip(self, line: str) -> None:
        """Lists the image's packages (`%pip list`, `show`, `freeze`); installs nothing."""
        arguments = shlex.split(line)
        command = [sys.executable, "-m", "pip", *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        print(done.stdout, end="")
        if done.returncode != 0:
            raise UsageError(done.stderr.strip() or f"pip ended with status {done.returncode}")
        print(done.stderr, end="", file=sys.stderr)

    def _refuse(self, name: str) -> None:
        raise UsageError(_NO_MANAGER.format(name=name))

    @line_magic
    def conda(self, line: str) -> None:
        """Fails: there is no conda."""
        self._refuse("conda")

    @line_magic
    def mamba(self, line: str) -> None:
        """Fails: there is no mamba."""
        self._refuse("mamba")

    @line_magic
    def micromamba(self, line: str) -> None:
        """Fails: there is no micromamba."""
        self._refuse("micromamba")

    @line_magic
    def uv(self, line: str) -> None:
        """Fails: there is no uv."""
        self._refuse("uv")


@magics_class
class FigureMagics(Magics):
    """Shows figures inline, even if a cell written for a screen requests another backend."""

    @line_magic
    def matplotlib(self, line: str) -> None:
        """Replaces IPython's magic: an interactive backend becomes `inline`, with a message."""
        asked = line.strip()
        if asked.lower() in _INTERACTIVE:
            message = f"there is no screen for `%matplotlib {asked}`: figures are shown inline"
            print(message, file=sys.stderr)
            line = "inline"
        PylabMagics(self.shell).matplotlib(line)


def install(shell: InteractiveShell) -> None:
    """Installs the magics of every Jupyter kernel (`%store`), and those that replace IPython's."""
    shell.db = Database(_DATABASE)
    shell.register_magics(StoreMagics, PackageMagics, FigureMagics)
