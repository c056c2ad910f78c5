#!/bin/sh
# PuLP keeps only the second half of "2 <= x <= 5".
#
# Guess: problem += 2 <= x + y <= 5 sets both bounds, as the modelling languages that PuLP resembles have
# it; or it is an error, since Python cannot overload a chain.
# Seen with PuLP 3.3.2: Python makes "2 <= x + y and x + y <= 5" of it, the first constraint counts as
# true and is forgotten, the second is added. The problem is solved, the status is Optimal, and x + y is
# 0. "5 >= x + y >= 2" keeps the other half. "and" between two constraints does the same, and "or" keeps
# the first. There is no error and no warning.
# It hurts whoever plans shifts, diets or stocks with a least amount: the plan says optimal and is short.
# Instead: two lines, or add_variable(name, low, high) for one variable; look at numConstraints().
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install pulp==3.3.2
cd "$folder"
env/bin/python -W error -W ignore::DeprecationWarning - <<'END_OF_PYTHON'
import sys

import pulp


def least(*constraints_of):
    """Of x + y under the constraints: how many PuLP has, the status and the value."""
    problem = pulp.LpProblem("plan", pulp.LpMinimize)
    x, y = problem.add_variable("x", 0), problem.add_variable("y", 0)
    problem += x + y
    for constraint_of in constraints_of:
        problem += constraint_of(x + y)
    problem.solve(pulp.PULP_CBC_CMD(msg=False))
    return problem.numConstraints(), pulp.LpStatus[problem.status], pulp.value(problem.objective)


seen = {
    "2 <= x + y <= 5": least(lambda total: 2 <= total <= 5),
    "5 >= x + y >= 2": least(lambda total: 5 >= total >= 2),
    "x + y >= 2 and x + y <= 5": least(lambda total: total >= 2 and total <= 5),
    "x + y >= 2 or x + y <= 5": least(lambda total: total >= 2 or total <= 5),
    "two lines": least(lambda total: total >= 2, lambda total: total <= 5),
}
for text, answer in seen.items():
    print(f"{text}: constraints, status, least x + y: {answer}")
sys.exit(
    list(seen.values())
    != [
        (1, "Optimal", 0),
        (1, "Optimal", 2),
        (1, "Optimal", 0),
        (1, "Optimal", 2),
        (2, "Optimal", 2),
    ]
)
END_OF_PYTHON
