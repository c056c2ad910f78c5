"""Runs cells in a Python without a service: reads {"code": …} lines, answers "\\0{}" lines.

It is started as a program of its own, plain or inside a sandbox, with any Python 3.9
or later.
"""

import json
import sys


def main() -> None:
    """Runs each cell in one namespace; what it prints comes before the answer."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    for line in sys.stdin:
        answer: dict[str, str] = {}
        try:
            exec(compile(json.loads(line)["code"], "<cell>", "exec"), namespace)
        except Exception as error:
            answer["error"] = repr(error)
        sys.stdout.write("\0" + json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
