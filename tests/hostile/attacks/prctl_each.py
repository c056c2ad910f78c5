"""Uses each option of prctl that is not known to be harmless: dumpable, memory maps, tracers, capabilities.

attack: 6 11
guarantee: G5 G6
observed: {"not refused": [], "dumpable": 1, "no new privs": 1}
"""

from kit import *

HARMLESS = {1, 2, 3, 15, 16, 21, 23, 29, 30, 36, 38, 39, 41, 42}
cases = {n: ("prctl", n, -1, -1, -1, -1) for n in range(90) if n not in HARMLESS}
cases |= {
    "PR_SET_DUMPABLE 0": ("prctl", 4, 0, 0, 0, 0),
    "PR_SET_DUMPABLE 2": ("prctl", 4, 2, 0, 0, 0),
    "PR_SET_KEEPCAPS": ("prctl", 8, 1, 0, 0, 0),
    "PR_CAPBSET_DROP": ("prctl", 24, 0, 0, 0, 0),
    "PR_SET_SECUREBITS": ("prctl", 28, 0, 0, 0, 0),
    "PR_SET_MM brk": ("prctl", 35, 6, 0, 0, 0),
    "PR_SET_MM map": ("prctl", 35, 14, 0, 0, 0),
    "PR_CAP_AMBIENT": ("prctl", 47, 2, 21, 0, 0),
    "PR_SET_PTRACER any": ("prctl", 0x59616D61, -1, 0, 0, 0),
    "PR_SYSCALL_USER_DISPATCH": ("prctl", 59, 0, 0, 0, 0),
}
observed = {
    "not refused": refusals(syscall, cases),
    "dumpable": libc.prctl(3, 0, 0, 0, 0),
    "no new privs": libc.prctl(39, 0, 0, 0, 0),
}
report(observed, libc.prctl(21, 0, 0, 0, 0) == 2)
