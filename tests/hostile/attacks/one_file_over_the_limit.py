"""Writes one file larger than the workspace may be: by writing, copying, sending and mapping.

attack: 34
guarantee: G7
limits: {"workspace_bytes": 4194304}
observed: {"write": "EFBIG", "copy": "EFBIG", "send": "EFBIG", "append": "EFBIG", "size": true}
"""

from kit import *

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
zero = os.open("/dev/zero", os.O_RDONLY)
source = os.open("source", os.O_RDWR | os.O_CREAT)
attempt(os.ftruncate, source, 4 << 20)


def until_it_fails(call):
    for _ in range(4000):
        answer = attempt(call)
        if answer != "OK":
            return answer
    return "OK"


def fresh(name, flags=0):
    return os.open(name, os.O_RDWR | os.O_CREAT | flags)


a, b, c, d = fresh("a"), fresh("b"), fresh("c"), fresh("d", os.O_APPEND)
os.lseek(b, 4 << 20, 0)
os.lseek(c, 4 << 20, 0)
observed = {
    "write": until_it_fails(lambda: os.write(a, bytes(65536))),
    "copy": until_it_fails(lambda: os.copy_file_range(source, b, 65536, 0)),
    "send": until_it_fails(lambda: os.sendfile(c, source, 0, 65536)),
    "append": until_it_fails(lambda: os.write(d, bytes(65536))),
    "size": os.path.getsize("a") <= 4 << 20,
}
for name in [*"abcd", "source"]:
    os.unlink(name)
report(observed, attempt(os.write, fresh("small"), b"x") == "OK")
