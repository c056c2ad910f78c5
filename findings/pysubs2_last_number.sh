#!/bin/sh
# pysubs2 drops the last line of the last subtitle if that line is a number.
#
# Guess: what stands between a time line of an SRT file and the next blank line is the text.
# Seen with pysubs2 1.8.1: a subtitle's text goes on to the next time line, and a line of digits at its
# end is cut off, as the next one's number. The last subtitle has no next one: "The code is / 4711"
# becomes "The code is". The same happens to an SRT or VTT file that pysubs2 wrote itself, so each
# load and save can cost a line, with no warning. In any other place, and with a full stop, it stays.
# It hurts whoever shifts or converts subtitles that end in a year, a score, a price or a number to call.
# Instead: the package srt (3.5.3) keeps it; or append a subtitle before the file is read, and remove it.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install pysubs2==1.8.1 srt==3.5.3
"$folder/env/bin/python" - <<'END_OF_PYTHON'
import sys

import pysubs2
import srt

TEXT = """1
00:00:01,000 --> 00:00:02,000
It was in
1984

2
00:00:03,000 --> 00:00:04,000
The code is
4711
"""


def read(text):
    return [event.plaintext for event in pysubs2.SSAFile.from_string(text)]


def rewritten(form):
    """What pysubs2 reads of what it wrote."""
    subtitles = pysubs2.SSAFile()
    for number, words in enumerate((r"It was in\N1984", r"The code is\N4711")):
        subtitles.append(pysubs2.SSAEvent(1000 * number, 1000 * number + 900, words))
    written = subtitles.to_string(form)
    assert "4711" in written
    return read(written)


by_srt = [subtitle.content for subtitle in srt.parse(TEXT)]
seen = [read(TEXT), read(TEXT + "\n"), rewritten("srt"), rewritten("vtt")]
print("srt", by_srt)
for what in seen:
    print("pysubs2", what)
full_stop = read(TEXT.replace("4711", "4711."))[1]
print("pysubs2", full_stop)
sys.exit(
    any(what != ["It was in\n1984", "The code is"] for what in seen)
    or by_srt != ["It was in\n1984", "The code is\n4711"]
    or full_stop != "The code is\n4711."
)
END_OF_PYTHON
