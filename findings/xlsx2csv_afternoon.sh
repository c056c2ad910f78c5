#!/bin/sh
# xlsx2csv writes three in the afternoon of an openpyxl workbook as three in the morning.
#
# Guess: in a number format of Excel "h" is an hour of 24 unless AM/PM follows, and "hh" only adds the
# zero; openpyxl gives each datetime "yyyy-mm-dd h:mm:ss", so the CSV says 15:07.
# Seen with xlsx2csv 0.8.6 and openpyxl 3.1.5: "2024-03-05 03:07:08", and no AM or PM. A single "h" in
# a format that also has a date becomes an hour of 12; midnight becomes 12:00. With "hh", or with no
# date in the format ("h:mm"), the hour is right, so one sheet has both. Nothing can tell them apart
# afterwards: 03:07 and 15:07 are the same text.
# It hurts whoever turns a logger's or a till's workbook into CSV for a program or a model to read.
# Instead: read with openpyxl or pandas, or give dateformat="%Y-%m-%d %H:%M:%S" to Xlsx2csv.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install openpyxl==3.1.5 xlsx2csv==0.8.6
cd "$folder"
env/bin/python - <<'END_OF_PYTHON'
import datetime
import io
import sys

import openpyxl
from xlsx2csv import Xlsx2csv

AFTERNOON = datetime.datetime(2024, 3, 5, 15, 7, 8)
book = openpyxl.Workbook()
sheet = book.active
for moment, form in (
    (AFTERNOON, None),  # what openpyxl gives a datetime
    (AFTERNOON - datetime.timedelta(hours=12), None),
    (datetime.datetime(2024, 3, 5), None),
    (AFTERNOON, "m/d/yy h:mm"),  # number 22 of Excel's own formats
    (AFTERNOON, "yyyy-mm-dd hh:mm:ss"),
    (AFTERNOON, "h:mm"),
):
    sheet.append([moment])
    if form:
        sheet.cell(sheet.max_row, 1).number_format = form
book.save("log.xlsx")


def converted(**options):
    text = io.StringIO()
    Xlsx2csv("log.xlsx", outputencoding="utf-8", **options).convert(text)
    return text.getvalue().split("\n")[:-1]


again = [row[0] for row in openpyxl.load_workbook("log.xlsx").active.values]
seen = converted()
for cell, line in zip(again, seen):
    print(f"openpyxl {cell}, xlsx2csv {line}")
told = converted(dateformat="%Y-%m-%d %H:%M:%S")[0]
print(f"with a dateformat: {told}")
sys.exit(
    again[0] != AFTERNOON
    or seen[0][:16] != "2024-03-05 03:07"
    or seen[0] != seen[1]
    or seen[2] != "2024-03-05 12:00:00"
    or seen[3] != "03/05/24 03:07"
    or seen[4][:16] != "2024-03-05 15:07"
    or seen[5] != "15:07"
    or told[:16] != "2024-03-05 15:07"
)
END_OF_PYTHON
