"""Makes refused calls by machine code of its own, past libc and Python.

attack: 13
guarantee: G6
observed: {"socket": "EACCES", "ptrace": "EPERM", "mount": "SIGSYS"}
"""

from kit import *

MOVE = b"\xb8%s\xbf\x02\x00\x00\x00\xbe\x01\x00\x00\x00\x31\xd2\x0f\x05\xc3"  # edi=2, esi=1, edx=0


def raw(number):
    answer = machine_code(MOVE % struct.pack("<I", number))()
    return "OK" if answer >= 0 else errno.errorcode[-answer]


observed = {name: in_child(raw, NUMBERS[name]) for name in ("socket", "ptrace", "mount")}
report(observed, raw(39) == "OK")
