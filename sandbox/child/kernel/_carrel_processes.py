"""Makes the state that `multiprocessing` sets at its import that of a session.

The zygote may have imported it. Every session has its own key, by which its processes authenticate
each other; and the directory in which a spawned process begins, and from which it imports, is the
workspace, wherever the zygote is.
"""

from __future__ import annotations

import os
import sys
from typing import Any

_WORKSPACE = "/mnt/data"


class _LateKey(dict[str, Any]):
    """The main process's configuration for its children; the key is drawn when it is needed."""

    def __missing__(self, name: str) -> Any:
        if name != "authkey":
            raise KeyError(name)
        make = sys.modules["multiprocessing.process"].AuthenticationString
        self[name] = make(os.urandom(32))
        return self[name]

    def copy(self) -> dict[str, Any]:
        return {"authkey": self["authkey"], **self}


def prepare() -> None:
    """Prepares `multiprocessing`; runs in the zygote after all imports."""
    process = sys.modules.get("multiprocessing.process")
    if process is not None:
        process.ORIGINAL_DIR = _WORKSPACE
        main = process.current_process()
        others = {name: value for name, value in main._config.items() if name != "authkey"}
        main._config = _LateKey(others)
