"""Time zones: one database for every library whose database can be chosen."""

from rows.row import Row, science

ROWS = (
    Row("time zones are the image's", """
import datetime, os, pathlib, re, subprocess, time, zoneinfo
instants = {"America/Vancouver": (2026, 12, 1), "Africa/Casablanca": (2026, 12, 1), "Asia/Tehran": (2026, 7, 1), "Europe/Dublin": (1975, 7, 1)}
rules = pathlib.Path(os.environ["TZDIR"], "tzdata.zi").read_text()
package = next(pathlib.Path(os.environ["VIRTUAL_ENV"]).glob("lib/python3.11/site-packages/tzdata/zoneinfo/tzdata.zi")).read_text()
print(rules == package, pathlib.Path("/usr/share/zoneinfo/tzdata.zi").read_text() == package)
for zone, day in instants.items():
    moment = datetime.datetime(*day, 12, tzinfo=datetime.timezone.utc); os.environ["TZ"] = zone; time.tzset()
    shell = subprocess.check_output(["date", "-d", f"@{int(moment.timestamp())}", "+%z"], text=True).strip()
    print(zone, *{f"{moment.astimezone(zoneinfo.ZoneInfo(zone)):%z}", time.strftime("%z", time.localtime(moment.timestamp())), f"{moment.astimezone():%z}", shell})
os.environ["TZ"] = "UTC"; time.tzset()
print("US/Pacific" in zoneinfo.available_timezones(), len(zoneinfo.available_timezones()) > 590)
""", "True True\nAmerica/Vancouver -0700\nAfrica/Casablanca +0000\nAsia/Tehran +0330\nEurope/Dublin +0100\nTrue True"),
    science("time zones of pandas, pytz, dateutil, pyarrow and zoneinfo agree", """
import datetime, dateutil.tz, pandas as pd, pyarrow as pa, pyarrow.compute as pc, pytz, zoneinfo
zones = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
instants = [datetime.datetime(year, month, 15, 12, tzinfo=datetime.timezone.utc) for year in (1973, 1987, 2007, 2020, 2026, 2030, 2036) for month in (1, 4, 7, 10)]
instants += [datetime.datetime(2026, 12, 1, tzinfo=datetime.timezone.utc)]
def offsets(zone):
    moments = pa.array(instants, pa.timestamp("s", "UTC")).cast(pa.timestamp("s", zone)); naive = [m.replace(tzinfo=None) for m in instants]
    yield [m.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset() for m in instants]
    yield [m.astimezone(dateutil.tz.gettz(zone)).utcoffset() for m in instants]
    yield [m.astimezone(pytz.timezone(zone)).utcoffset() for m in instants]
    yield [m.tz_localize(None).to_pydatetime() - n for m, n in zip(pd.DatetimeIndex(instants).tz_convert(zone), naive)]
    yield [m - n for m, n in zip(pc.local_timestamp(moments).to_pylist(), naive)]
apart = {}
for zone in zones:
    first, *others = offsets(zone)
    for name, other in zip(("dateutil", "pytz", "pandas", "pyarrow"), others):
        if other != first: apart.setdefault(name, []).append(zone)
print(len(zones) > 590, apart)
""", "True {}"),
)  # fmt: skip
