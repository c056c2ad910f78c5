#!/bin/sh
# mt-940 counts a credit that the bank took back as money received.
#
# Guess: each transaction's amount has the sign of what it does to the balance, as "D" gives -10.00 and
# "C" 20.00; so "RC" (reversal of a credit) is negative and "RD" (reversal of a debit) positive.
# Seen with mt-940 5.1.1: only the mark "D" turns the sign. "RC" stays positive, so a returned payment
# of 7.00 adds 7.00 where it should take 7.00 away. The opening balance and the sum of the amounts then
# miss the closing balance by twice the reversal, with no error and no warning. "RD" is right.
# It hurts whoever sums statements by customer or month: a bounced payment is counted as two payments.
# Instead: look at the status too, negate if it is "RC"; and check that opening plus sum is closing.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install mt-940==5.1.1
"$folder/env/bin/python" - <<'END_OF_PYTHON'
import sys
from decimal import Decimal

import mt940

STATEMENT = """
:20:START
:25:12345678/0000000001
:28C:1/1
:60F:C240101EUR1000,00
:61:2401020102D10,00NMSCNONREF
:86:Paper
:61:2401020102C20,00NMSCNONREF
:86:Customer one
:61:2401030103C7,00NMSCNONREF
:86:Customer two
:61:2401040104RC7,00NMSCNONREF
:86:Returned: customer two
:61:2401040104RD5,00NMSCNONREF
:86:Returned fee
:62F:C240104EUR1015,00
"""
transactions = mt940.parse(STATEMENT)
seen = [(each.data["status"], each.data["amount"].amount) for each in transactions]
for status, amount in seen:
    print(f"{status:2} {amount}")
opening = transactions.data["final_opening_balance"].amount.amount
closing = transactions.data["final_closing_balance"].amount.amount
total = opening + sum(amount for _, amount in seen)
signed = opening + sum(-amount if status == "RC" else amount for status, amount in seen)
print(f"opening {opening}, with all amounts {total}, with RC negated {signed}, closing {closing}")
sys.exit(
    seen[3] != ("RC", Decimal(7))
    or seen[4] != ("RD", Decimal(5))
    or (closing, total, signed) != (1015, 1029, 1015)
)
END_OF_PYTHON
