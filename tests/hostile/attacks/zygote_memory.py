"""Searches all of its memory for what the zygote or the server knew: the environment's secret, other sessions' names.

attack: 23
guarantee: G1 G9
observed: {"found": []}
"""

from kit import *

NAMES = ("secret", "neighbour_id")
SHIFTED = bytes((n + 91) % 256 for n in range(256))


def shifted_needles():
    """The needles, changed, so that this process never holds them: made in a child."""
    known = facts()
    return [list(known[name].encode().translate(SHIFTED)) for name in NAMES]


needles = dict(zip(NAMES, map(bytes, in_child(shifted_needles))))
planted = bytes(
    n ^ 0x55 for n in b"\x36\x34\x27\x27\x30\x39\x78\x25\x39\x34\x3b\x21\x30\x31\x78\x64"
)
needles["planted"] = planted.translate(SHIFTED)
found, memory = set(), open("/proc/self/mem", "rb", 0)
for line in open("/proc/self/maps"):
    bounds, rights, *rest = line.split()
    start, end = (int(n, 16) for n in bounds.split("-"))
    if not rights.startswith("rw") or rest[-1] in ("[vvar]", "[vsyscall]"):
        continue
    while start < end:
        try:
            memory.seek(start)
            chunk = memory.read(min(end - start, 4 << 20)).translate(SHIFTED)
        except OSError:
            break
        found |= {name for name, needle in needles.items() if needle in chunk}
        start += max(len(chunk) - 64, 1) if start + len(chunk) < end else len(chunk)
report({"found": sorted(found - {"planted"})}, "planted" in found)
