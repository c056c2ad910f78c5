#!/bin/sh
# music21 reads the chord Bb7 as B with a flat seventh, in place of B flat with a seventh.
#
# Guess: music21 writes a flat as "-", but takes "b" too: Note("Bb") is B flat. So ChordSymbol("Bb7") is
# B flat, D, F, A flat, as on every lead sheet; or it is refused, as "Bb", "Bbm7" and "Bbmaj7" are.
# Seen with music21 10.5.1: the root is the first letter alone, and "b7" lowers a note of the chord:
# Bb7 is B, D sharp, F sharp, A; Eb7 is E, G sharp, B, D. All of it is half a tone too high. Ab6 has the
# root A and Db9 the root D, with other notes as well. There is no error, as "C7b9" is a good chord.
# It hurts whoever makes voicings, keys or statistics from chord charts: blues and jazz are full of Bb7,
# and those that are refused make one think that the rest was understood.
# Instead: put "-" for the flat of the root first: ChordSymbol("B-7"); same for the bass after a slash.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install music21==10.5.1
cd "$folder"
env/bin/python - <<'END_OF_PYTHON'
import sys

from music21.harmony import ChordSymbol
from music21.note import Note


def notes(figure):
    try:
        return " ".join(ChordSymbol(figure).pitchNames)
    except ValueError:
        return "refused"


EXPECTED = {
    "Bb7": "B D# F# A",
    "B7": "B D# F# A",
    "B-7": "B- D F A-",
    "Eb7": "E G# B D",
    "E-7": "E- G B- D-",
    "Ab6": "A C# E F",
    "A-6": "A- C E- F",
    "Db9": "D F# A E-",
    "D-9": "D- F A- C- E-",
    "Bb": "refused",
    "Bbm7": "refused",
    "Bbmaj7": "refused",
}
seen = {figure: notes(figure) for figure in EXPECTED}
for figure, names in seen.items():
    print(f"{figure}: {names}")
note = Note("Bb").name
print(f"Note('Bb') is {note}")
sys.exit(seen != EXPECTED or note != "B-")
END_OF_PYTHON
