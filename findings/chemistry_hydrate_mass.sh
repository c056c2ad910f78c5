#!/bin/sh
# The molar mass of a hydrate is another one for each library: 249.68, 185.62, 159.61 or 833.60 g/mol.
#
# Guess: "CuSO4.5H2O", the common way to type copper sulfate with five waters, weighs 249.68 g/mol, or is
# refused; so do "CuSO4 5H2O" and the same with a middle dot.
# Seen with periodictable 2.1.0, chempy 0.10.2, molmass 2026.1.8 and chemparse 0.3.2: each of the first
# three knows one of the spellings and none is known to two. periodictable and chempy take the plain dot
# for a decimal point: 4.5 O and one H2O, 185.62. molmass drops the blank: 45 oxygens, 833.60. chemparse
# also has the decimal point, and ends at a blank or middle dot: CuSO4 without its water. Three of the
# twelve are refused, three right, and six wrong without a word.
# It hurts whoever works out weighed portions or concentrations from a table of reagents: off by a third.
# Instead: write the water out, CuSO4(H2O)5: all four agree.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install periodictable==2.1.0 chempy==0.10.2 molmass==2026.1.8 chemparse==0.3.2
cd "$folder"
env/bin/python - <<'END_OF_PYTHON'
import sys

import chemparse
import molmass
import periodictable
from chempy import Substance

DOT, BLANK, MIDDLE, WRITTEN_OUT = "CuSO4.5H2O", "CuSO4 5H2O", "CuSO4\N{MIDDLE DOT}5H2O", "CuSO4(H2O)5"


def by_chemparse(formula):
    counts = chemparse.parse_formula(formula)
    return sum(getattr(periodictable, element).mass * count for element, count in counts.items())


LIBRARIES = {
    "periodictable": lambda formula: periodictable.formula(formula).mass,
    "chempy": lambda formula: Substance.from_formula(formula).mass,
    "molmass": lambda formula: molmass.Formula(formula).mass,
    "chemparse": by_chemparse,
}


def mass(library, formula):
    try:
        return round(LIBRARIES[library](formula))
    except Exception:  # each has its own
        return "refused"


seen = {name: [mass(name, each) for each in (DOT, BLANK, MIDDLE, WRITTEN_OUT)] for name in LIBRARIES}
print(f"{DOT}, {BLANK}, {MIDDLE}, {WRITTEN_OUT}:")
for name, masses in seen.items():
    print(f"{name}: {masses}")
sys.exit(
    seen
    != {
        "periodictable": [186, 250, "refused", 250],
        "chempy": [186, "refused", 250, 250],
        "molmass": [250, 834, "refused", 250],
        "chemparse": [186, 160, 160, 250],
    }
)
END_OF_PYTHON
