#!/bin/sh
# laspy puts a point that is given in degrees up to half a kilometre away.
#
# Guess: a new file keeps coordinates as a float of 64 bits would, or at least to a millimetre, or says
# that they do not fit. LAS stores integers times a scale, so some scale is needed; laspy knows the
# values when the first are assigned.
# Seen with laspy 2.7.0: laspy.create() has a scale of 0.01 on all three axes whatever the values are.
# For metres that is a centimetre; for degrees of longitude and latitude 8.54171, 47.37689 becomes
# 8.54, 47.38, some 370 m from there, without a warning. Points that are nearer to each other than a
# hundredth of a degree become one.
# It hurts whoever writes GPS points, or a table with lon and lat, to LAS or LAZ.
# Instead: set header.scales (1e-7 for degrees) and header.offsets before the coordinates, or project
# to metres first.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install laspy==2.7.0 numpy==2.2.6
cd "$folder"
env/bin/python - <<'END_OF_PYTHON'
import io
import sys

import laspy
import numpy

LONGITUDES, LATITUDES = numpy.array([8.54171, 8.54399]), numpy.array([47.37689, 47.37512])


def written_and_read(header):
    points = laspy.LasData(header)
    points.x, points.y, points.z = LONGITUDES, LATITUDES, numpy.array([408.0, 409.0])
    file = io.BytesIO()
    points.write(file)
    file.seek(0)
    read = laspy.read(file)
    return [tuple(round(float(number), 7) for number in pair) for pair in zip(read.x, read.y)]


plain = written_and_read(laspy.create().header)
header = laspy.LasHeader()
header.scales = [1e-7, 1e-7, 0.01]
fine = written_and_read(header)
print(f"given {list(zip(LONGITUDES.tolist(), LATITUDES.tolist()))}")
print(f"with the scale of laspy.create(): {plain}")
print(f"with a scale of 1e-7: {fine}")
sys.exit(
    plain != [(8.54, 47.38), (8.54, 47.38)]
    or fine != list(zip(LONGITUDES.tolist(), LATITUDES.tolist()))
)
END_OF_PYTHON
