#!/bin/sh
# ObsPy has two ways to a lower sampling rate: one makes waves smaller, the other makes them later.
#
# Guess: Trace.resample() and Trace.decimate() leave alone what is well below the new Nyquist frequency,
# as scipy.signal.decimate() does, which filters forwards and backwards.
# Seen with obspy 1.5.1: resample() has window="hann" for a default, which weights the whole spectrum and
# not only its end. From 100 to 50 Hz a wave of 5 Hz keeps 98 % of its amplitude, one of 10 Hz 90 % and
# one of 20 Hz 65 %; so it does if the rate goes up. decimate() filters forwards only, with a delay that
# grows with the factor: a peak at 50 s is at 50.15 s after a factor of 5 and at 50.3 s after 10.
# The start time stays. Nothing is said.
# It hurts whoever picks arrivals or measures magnitudes on thinned data, or mixes stations that were
# recorded at different rates: 0.3 s are about two kilometres.
# Instead: resample(rate, window=None) or interpolate(method="lanczos") after a filter with
# zerophase=True; or such a filter and decimate(no_filter=True).
#
# Ends with 1 if that is so no more.
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" -q install obspy==1.5.1 numpy==2.2.6 scipy==1.14.1 setuptools==65.5.0
cd "$folder"
env/bin/python - <<'END_OF_PYTHON'
import sys

import numpy
import obspy
import scipy.signal

TIMES = numpy.arange(0, 100, 0.01)
PEAK = numpy.exp(-(((TIMES - 50) / 0.2) ** 2))


def trace(data):
    return obspy.Trace(data.copy(), {"sampling_rate": 100.0})


def kept(hertz, rate, **options):
    """How much of a wave's amplitude resample() leaves, in per cent."""
    wave = trace(numpy.sin(2 * numpy.pi * hertz * TIMES)).resample(rate, **options)
    middle = wave.data[len(wave) // 4 : -len(wave) // 4]
    return round(100 * float(numpy.sqrt(2 * numpy.mean(middle**2))))


def peak_at(thinned):
    assert thinned.stats.starttime.timestamp == 0
    return round(float(thinned.times()[thinned.data.argmax()]), 2)


down = {hertz: kept(hertz, 50) for hertz in (5, 10, 20)}
up = {hertz: kept(hertz, 200) for hertz in (5, 10, 20)}
no_window = {hertz: kept(hertz, 50, window=None) for hertz in (5, 10, 20)}
late = {factor: peak_at(trace(PEAK).decimate(factor)) for factor in (5, 10)}
by_scipy = {
    factor: int(scipy.signal.decimate(PEAK, factor).argmax()) * factor / 100 for factor in (5, 10)
}
smooth = trace(PEAK).filter("lowpass", freq=4, corners=4, zerophase=True)
by_hand = peak_at(smooth.decimate(10, no_filter=True))
print(f"resample: per cent of the amplitude by Hz: to 50 Hz {down}, to 200 Hz {up}, no window {no_window}")
print(f"decimate: a peak at 50 s by factor: {late}, scipy {by_scipy}, with zerophase {by_hand}")
sys.exit(
    not (down[5] > down[10] > down[20])
    or not (85 < down[10] < 95 and down[20] < 75)
    or set(no_window.values()) != {100}
    or late != {5: 50.15, 10: 50.3}
    or set(by_scipy.values()) != {50}
    or by_hand != 50
)
END_OF_PYTHON
