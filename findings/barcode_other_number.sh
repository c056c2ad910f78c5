#!/bin/sh
# python-barcode draws another number than it was given: Code 39 with a character more, EAN with a
# changed check digit.
#
# Guess: Code 39 needs no check character, so "ABC123" scans as ABC123. An EAN of 13 digits has its check
# digit already; one that does not match was mistyped and is refused.
# Seen with python-barcode 0.16.1, its pictures read by zxing-cpp 3.1.1: Code 39 scans as "ABC123$". The
# default is add_checksum=True, and as the check character is optional, readers take it for a part of
# the text. EAN13("4006381333932") is drawn as 4006381333931: the last digit given is thrown away and
# worked out anew, for EAN-8, UPC-A and ISBN-13 too. A slip in any of the other digits gets a check digit
# that makes it valid, so what the digit is there for never happens. No error and no warning.
# It hurts whoever prints labels from a table: stock numbers are not found, or another article is.
# Instead: Code39(text, add_checksum=False); and compare get_fullcode() with the number given.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install python-barcode==0.16.1 zxing-cpp==3.1.1 pillow==12.0.0
"$folder/env/bin/python" -W error - <<'END_OF_PYTHON'
import sys

import barcode
import zxingcpp
from barcode.writer import ImageWriter

EXPECTED = {
    ("code39", "ABC123"): "ABC123$",
    ("ean13", "4006381333931"): "4006381333931",
    ("ean13", "4006381333932"): "4006381333931",
    ("ean13", "4006381338931"): "4006381338936",
    ("ean8", "96385070"): "96385074",
    ("upca", "036000291459"): "0036000291452",  # read as the EAN-13 that it is too
    ("isbn13", "9783161484101"): "9783161484100",
}


def scanned(form, number, **options):
    picture = barcode.get_barcode_class(form)(number, writer=ImageWriter(), **options).render()
    return zxingcpp.read_barcodes(picture)[0].text


seen = {(form, number): scanned(form, number) for form, number in EXPECTED}
for (form, number), text in seen.items():
    print(f"{form}: given {number}, scanned {text}")
plain = scanned("code39", "ABC123", add_checksum=False)
print(f"code39 with add_checksum=False: {plain}")
sys.exit(seen != EXPECTED or plain != "ABC123")
END_OF_PYTHON
