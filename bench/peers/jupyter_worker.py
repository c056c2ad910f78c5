"""Runs cells in a Jupyter kernel: reads {"code": …} lines, answers "\\0{"ms": …}" lines.

It is run by the Python of .carrel/bench/jupyter, which has jupyter_client and ipykernel. The kernel
is started with the first cell, whose time includes that. A line with "seconds" repeats the cell for
that time; the answer then has "cells", too.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from jupyter_client.manager import KernelManager  # type: ignore[import-not-found]

PATIENCE = 120


class Kernel:
    """A kernel, and the blocking client that it comes with."""

    def __init__(self) -> None:
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel()
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE)

    def run(self, code: str) -> str | None:
        """Runs a cell to its end, all output received; returns its error, or None."""
        reply = self._client.execute_interactive(
            code, store_history=False, timeout=PATIENCE, output_hook=lambda message: None
        )
        content = reply["content"]
        return None if content["status"] == "ok" else str(content.get("evalue"))

    def close(self) -> None:
        """Kills the kernel."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


def answer_to(kernel: Kernel, request: dict[str, Any], started: float) -> dict[str, Any]:
    """Runs the requested cell; `started`: the time at which the request was read."""
    cells, error = 0, None
    elapsed = 0.0
    while error is None:
        error = kernel.run(request["code"])
        cells += 1
        elapsed = time.perf_counter() - started
        if elapsed >= request.get("seconds", 0):
            break
    answer: dict[str, Any] = {"ms": 1000 * elapsed, "cells": cells}
    return answer if error is None else answer | {"error": error}


def main() -> None:
    """Answers until stdin ends."""
    kernel = None
    for line in sys.stdin:
        started = time.perf_counter()
        kernel = kernel or Kernel()
        answer = answer_to(kernel, json.loads(line), started)
        sys.stdout.write("\0" + json.dumps(answer) + "\n")
        sys.stdout.flush()
    if kernel:
        kernel.close()


if __name__ == "__main__":
    main()
