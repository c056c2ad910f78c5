#!/bin/sh
# pyshp writes a number that is too wide for its field with its last digits cut off.
#
# Guess: a dBASE field of type N has a fixed width in characters; a value that does not fit is refused,
# or stored as asterisks or as null, as GIS programs do.
# Seen with pyshp 3.1.6: 123456 in a field of five characters is read back as 12345, and -98765 as -9876:
# numbers of the right kind, a tenth of the true ones. Of a field with three decimals the decimals go
# first. There is no error and no warning.
# It hurts whoever writes populations, parcel numbers or areas with a width taken from a sample.
# Instead: give fields a width of 18 (the writer's most for whole numbers), or compare after writing.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install pyshp==3.1.6
cd "$folder"
env/bin/python -W error - <<'END_OF_PYTHON'
import sys

import shapefile

GIVEN = [(99999, 1.5), (123456, 1234567.891), (-98765, -2.25)]
with shapefile.Writer("places") as writer:
    writer.field("people", "N", size=5)
    writer.field("area", "F", size=8, decimal=3)
    for people, area in GIVEN:
        writer.point(8.5, 47.4)
        writer.record(people, area)
with shapefile.Reader("places") as reader:
    read = [tuple(record) for record in reader.records()]
for given, seen in zip(GIVEN, read):
    print(f"written {given}, read {seen}")
sys.exit(read != [(99999, 1.5), (12345, 1234567.0), (-9876, -2.25)])
END_OF_PYTHON
