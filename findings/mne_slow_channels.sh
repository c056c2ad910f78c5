#!/bin/sh
# MNE reads an oxygen saturation of 80 % as 77 %, and one of 98 % as more than 100 %.
#
# Guess: EDF has a rate for each signal; MNE, which has one for all, repeats the values of a slow signal,
# as in a staircase, or draws lines between them, or refuses the file. It makes up no values beyond them.
# Seen with mne 1.13.2 and pyedflib 0.1.42: the slow signal is resampled to the fastest rate by FFT, which
# rings at each step: of an SpO2 at 1 Hz that was never below 80 or above 98 %, it makes values from
# 77.2 to 100.3. It looks like one more channel at 256 Hz, and read_raw_edf() says nothing.
# It hurts whoever counts desaturations or looks for the lowest value in a sleep recording, where oxygen,
# position and pulse are slow beside a fast EEG: thresholds are crossed that were not.
# Instead: read_raw_edf(file, include=["SpO2"]) for each rate on its own, or pyedflib.
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install mne==1.13.2 pyedflib==0.1.42 numpy==2.2.6 scipy==1.14.1
cd "$folder"
env/bin/python -W error - <<'END_OF_PYTHON'
import sys

import mne
import numpy
import pyedflib
from pyedflib import highlevel

mne.set_log_level("WARNING")
oxygen = numpy.repeat([98.0, 80.0, 98.0], [30, 10, 20])
brain = 100 * numpy.sin(numpy.arange(0, 60, 1 / 256))
headers = [
    highlevel.make_signal_header("EEG Cz", dimension="uV", sample_frequency=256),
    highlevel.make_signal_header(
        "SpO2", dimension="%", sample_frequency=1, physical_min=0, physical_max=100
    ),
]
highlevel.write_edf("night.edf", [brain, oxygen], headers)


def span(values):
    return round(float(values.min()), 1), round(float(values.max()), 1)


with pyedflib.EdfReader("night.edf") as file:
    by_pyedflib = span(file.readSignal(1))
both = mne.io.read_raw_edf("night.edf")
with_brain = span(both.get_data(picks="SpO2"))
alone = span(mne.io.read_raw_edf("night.edf", include=["SpO2"]).get_data())
print(f"SpO2: pyedflib {by_pyedflib}, MNE at {both.info['sfreq']:g} Hz {with_brain}, alone {alone}")
sys.exit(by_pyedflib != (80, 98) or with_brain != (77.2, 100.3) or alone != (80, 98))
END_OF_PYTHON
