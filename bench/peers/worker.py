"""Runs cells in a Python without a service: reads {"code": …} lines, answers "\\0{}" lines.

It is started as a program of its own, plain or inside a sandbox, with any Python 3.
"""

import json
import sys


def main():
    """Runs each cell in one namespace; what it prints comes before the answer."""
    namespace = {"__name__": "__main__"}
    for line in sys.stdin:
        answer = {}
        try:
            exec(compile(json.loads(line)["code"], "<cell>", "exec"), namespace)
        except Exception as error:
            answer["error"] = repr(error)
        sys.stdout.write("\0" + json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
