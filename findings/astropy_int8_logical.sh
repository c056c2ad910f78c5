#!/bin/sh
# astropy writes a column of small integers to FITS as true and false.
#
# Guess: a table column of NumPy's int8 (-1, 0, 1, 2: classes, quality flags) goes to FITS as bytes; FITS
# has unsigned ones only, so astropy adds an offset (TZERO = -128), as it does for uint16; or it refuses.
# Seen with astropy 8.0.2 and numpy 2.4.6: the column becomes TFORM "L", FITS's logical. Read again it is
# bool: 0 is False, everything else True, so -1, 1 and 2 are one. There is no error and no warning. All
# other integer types keep their values, and ECSV keeps int8 too.
# It hurts whoever makes labels small with astype("int8"), or takes the result of a classifier or of
# numpy.sign(), and saves a catalogue: the classes are lost for good.
# Instead: int16 columns.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install astropy==8.0.2 numpy==2.4.6
cd "$folder"
env/bin/python -W error - <<'END_OF_PYTHON'
import sys

import numpy
from astropy.io import fits
from astropy.table import Table

VALUES = [-1, 0, 1, 2]
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")


def again(kind, name):
    """The values of a column of that type after a file, and the file's own type if it is FITS."""
    values = [abs(value) for value in VALUES] if kind in UNSIGNED else VALUES
    Table({"label": numpy.array(values, kind)}).write(name, overwrite=True)
    form = fits.getheader(name, 1)["TFORM1"] if name.endswith(".fits") else "none"
    read = Table.read(name)["label"].tolist()
    print(f"{kind} {values} by {name}: {read}, TFORM {form}")
    return read, form, str(read) == str(values)  # as text, for True == 1


seen = again("int8", "a.fits")
others = [again(kind, "a.fits") for kind in (*SIGNED[1:], *UNSIGNED)] + [again("int8", "a.ecsv")]
sys.exit(
    seen != ([True, False, True, True], "L", False) or not all(same for _, _, same in others)
)
END_OF_PYTHON
