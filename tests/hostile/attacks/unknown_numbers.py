"""Calls numbers that no table knows: new calls, holes, absurd ones.

attack: 1 7
guarantee: G6
observed: {"not refused": []}
"""

from kit import *

CASES = {
    number: (number, -1, -1, -1, -1, -1, -1)
    for number in [*range(337, 424, 11), *range(451, 520), 1000, 4095, 0x3FFFFFFF, 0x7FFFFFFF]
}
report({"not refused": refusals(syscall, CASES)}, in_child(syscall, 39) == "OK")
