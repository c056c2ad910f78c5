#!/bin/sh
# quiffen, told that days come first, takes 2024-01-05 for the first of May.
#
# Guess: day_first=True settles what 05/01/2024 is; a date that begins with the year is ISO and has no
# question open. And what a file's first date has shown ("31/12/2023") holds for the rest of it.
# Seen with quiffen 4.0.1 and python-dateutil 2.9.0.post0: with day_first=True "D2024-01-05" is 1 May and
# "D2024-01-15" is 15 January. Each date goes to dateutil's parser on its own, whose dayfirst also turns
# the second and third part round, where that makes a date. With day_first=False, the default,
# "D31/12/2023" is right and "D05/01/2024" is 1 May. So up to 12 days of each month go elsewhere, the
# rest do not, and there is no error. QIF has no field for the order, and programs write both.
# It hurts whoever sums bank statements of several programs by month.
# Instead: look at all dates of the file first; day_first=False for ISO ones, True for day/month/year.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install quiffen==4.0.1 python-dateutil==2.9.0.post0
cd "$folder"
env/bin/python - <<'END_OF_PYTHON'
import sys

from quiffen import Qif

ISO = ("2023-12-31", "2024-01-05", "2024-01-15")
DAY_FIRST = ("31/12/2023", "05/01/2024", "15/01/2024")
RIGHT = ["2023-12-31", "2024-01-05", "2024-01-15"]
SWAPPED = ["2023-12-31", "2024-05-01", "2024-01-15"]


def dates(written, day_first):
    with open("bank.qif", "w", encoding="ascii") as file:
        file.write("!Type:Bank\n")
        for date in written:
            file.write(f"D{date}\nT-5.00\nPShop\n^\n")
    read = Qif.parse("bank.qif", day_first=day_first)
    return sorted(
        f"{transaction.date:%Y-%m-%d}"
        for account in read.accounts.values()
        for transactions in account.transactions.values()
        for transaction in transactions
    )


seen = {}
for written in (ISO, DAY_FIRST):
    for day_first in (False, True):
        seen[written, day_first] = dates(written, day_first)
        print(f"{', '.join(written)}; day_first={day_first}: {', '.join(seen[written, day_first])}")
sys.exit(
    list(seen.values()) != [sorted(dates) for dates in (RIGHT, SWAPPED, SWAPPED, RIGHT)]
)
END_OF_PYTHON
