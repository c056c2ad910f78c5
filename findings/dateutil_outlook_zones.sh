#!/bin/sh
# dateutil takes Outlook's names of western time zones for rules, with the sign turned round; ics then
# puts a meeting in New York at +06:00.
#
# Guess: "(UTC-05:00) Eastern Time (US & Canada)" is no zone of the database, so tz.gettz() answers
# None, as it does for "Eastern Standard Time"; a calendar that defines the zone is read by its VTIMEZONE.
# Seen with python-dateutil 2.9.0.post0 and ics 0.7.3: gettz() answers a rule of the POSIX kind, where
# minus is east of Greenwich, and takes the next word for the name of summer time: +05:00, in summer
# +06:00, instead of -05:00 and -04:00. "(UTC+10:00) Brisbane" is -10:00, and -09:00 in a summer that
# Brisbane does not have; "(UTC+09:00) Osaka, Sapporo, Tokyo" is None. ics asks gettz() only and ignores
# the VTIMEZONE: the meeting comes out ten hours from where it is, with no error. icalendar 7.3.2 has it
# right.
# It hurts whoever lets a calendar that Outlook exported be read, or cleans such names with gettz().
# Instead: icalendar, or dateutil.tz.tzical() on the VTIMEZONE.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install python-dateutil==2.9.0.post0 ics==0.7.3 icalendar==7.3.2 arrow==1.4.0 TatSu==5.15.1
"$folder/env/bin/python" - <<'END_OF_PYTHON'
import datetime
import sys

import icalendar
import ics
from dateutil import tz

BRISBANE = "(UTC+10:00) Brisbane"
TOKYO = "(UTC+09:00) Osaka, Sapporo, Tokyo"
EASTERN = "(UTC-05:00) Eastern Time (US & Canada)"
CALENDAR = f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//EN
BEGIN:VTIMEZONE
TZID:{EASTERN}
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:1@example.org
DTSTAMP:20240601T000000Z
DTSTART;TZID="{EASTERN}":20240701T090000
DTEND;TZID="{EASTERN}":20240701T100000
SUMMARY:Meeting
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


def offsets(name):
    zone = tz.gettz(name)
    days = (datetime.datetime(2024, 1, 1, tzinfo=zone), datetime.datetime(2024, 7, 1, tzinfo=zone))
    return zone and [f"{day:%z}" for day in days]


seen = {
    name: offsets(name)
    for name in ("Eastern Standard Time", TOKYO, EASTERN, "(UTC-03:00) Brasilia", BRISBANE)
}
for name, answer in seen.items():
    print(f"gettz({name!r}): January, July: {answer}")
by_ics = next(iter(ics.Calendar(CALENDAR).events)).begin.isoformat()
by_icalendar = icalendar.Calendar.from_ical(CALENDAR).walk("VEVENT")[0]["DTSTART"].dt.isoformat()
print(f"ics {by_ics}, icalendar {by_icalendar}")
sys.exit(
    list(seen.values())
    != [None, None, ["+0500", "+0600"], ["+0300", "+0400"], ["-1000", "-0900"]]
    or by_ics != "2024-07-01T09:00:00+06:00"
    or by_icalendar != "2024-07-01T09:00:00-04:00"
)
END_OF_PYTHON
