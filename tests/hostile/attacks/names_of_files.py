"""Gives files names that break listings, paths and terminals.

attack: 32
guarantee: G7
observed: {"made": true}
calls: {"list": "OK", "read -rf": "OK", "read x...": "OK", "read ok": "OK", "read 'quoted'": "OK"}
"""

from kit import *

NAMES = [b"-rf", b"x...", b"ok", b"'quoted'", b"new\nline", b"\xff\xfe", b"\x1b]0;title\x07", b"tab\t", b"\x7f", b" ",
         b"...", b"a\\b", b"$(id)", b"`id`", b"%s%n", b"n" * 255, "\u202egnp.exe".encode(), b"\xe2\x80", b"CON",
         b"\xed\xa0\x80", "\u0000x".encode()[1:], b"*", b"?", b"../x".replace(b"/", b"\xe2\x88\x95")]  # fmt: skip
made = 0
for name in NAMES:
    with open(name, "w") as file:
        file.write("own")
    made += 1
refused = [attempt(open, name, "w") for name in (b"n" * 256, b"a\0b", b"", b"..")]
os.makedirs(b"\xff" * 100 + b"/" + b"\n" * 100)
report({"made": made == len(NAMES)}, "OK" not in refused)
