#!/bin/sh
# gpxpy's climb over a summit of 100 m is 40 m.
#
# Guess: get_uphill_downhill() adds up the rises between one point and the next: 0, 100, 0 is 100 m up
# and 100 m down.
# Seen with gpxpy 1.6.2: it first replaces each elevation by 0.3 of the one before, 0.4 of its own and
# 0.3 of the one after, and adds up those: 40 m. How much is lost depends on how many points a track
# has: a rise in one step between two points is whole, the same hill with a point each 10 m loses 6 m,
# and of a saw of 100 m, up and down from point to point, a quarter is left. Thinning a track (simplify,
# reduce_points) therefore changes its climb. get_elevation_extremes() does not smooth.
# It hurts whoever compares climbs of tours that were recorded by different devices, or thinned.
# Instead: add up the differences of the elevations oneself, with a threshold against noise.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install gpxpy==1.6.2
cd "$folder"
env/bin/python - <<'END_OF_PYTHON'
import sys

import gpxpy.gpx


def climb(elevations):
    segment = gpxpy.gpx.GPXTrackSegment(
        [gpxpy.gpx.GPXTrackPoint(47 + i / 1000, 8, elevation=e) for i, e in enumerate(elevations)]
    )
    return round(segment.get_uphill_downhill().uphill, 6), segment.get_elevation_extremes().maximum


seen = {
    "0, 100, 0": climb([0, 100, 0]),
    "0, 100": climb([0, 100]),
    "0 to 100 and back by 10": climb([*range(0, 100, 10), *range(100, -1, -10)]),
    "0, 100 ten times": climb([0, 100] * 10),
}
for track, (uphill, highest) in seen.items():
    print(f"{track}: uphill {uphill}, highest {highest}")
sys.exit(seen["0, 100, 0"] != (40, 100) or seen["0, 100"] != (100, 100))
END_OF_PYTHON
