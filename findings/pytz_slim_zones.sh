#!/bin/sh
# pytz reads the zone files of the tzdata package of PyPI as if each zone were UTC.
#
# Guess: PYTZ_TZDATADIR may name any compiled tz database, and pytz says what zoneinfo says.
# Seen with pytz 2026.6 and tzdata 2026.6: no error, and utcoffset() is 0:00:00 for every zone. The
# package's files are "slim" (zic -b slim): their data is in the second block, of 64 bits, and pytz
# reads the first, which is empty. Of "fat" files, as zic -b fat makes them, it reads all.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install pytz==2026.6 tzdata==2026.6
"$folder/env/bin/python" - <<'END'
import datetime, os, sys, zoneinfo
from importlib.resources import files

os.environ["PYTZ_TZDATADIR"] = str(files("tzdata") / "zoneinfo")
import pytz

noon = datetime.datetime(2026, 7, 1, 12, tzinfo=datetime.timezone.utc)
seen = {
    zone: (noon.astimezone(pytz.timezone(zone)).utcoffset(),
           noon.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset())
    for zone in ("America/New_York", "Europe/Berlin", "Asia/Tokyo")
}
for zone, (by_pytz, by_zoneinfo) in seen.items():
    print(f"{zone}: pytz {by_pytz}, zoneinfo {by_zoneinfo}")
zero = datetime.timedelta(0)
sys.exit(any(p != zero or z == zero for p, z in seen.values()))
END
