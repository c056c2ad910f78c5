"""Takes the host's pipes out of the set that watches them, fills that set with its own, and closes it.

attack: 42
guarantee: G7 G9
observed: {"is a watch": true, "taken out": [], "what it tells": [0], "added": "OK", "closed": "OK"}
"""

import select

from kit import *

WATCH = 8
watch = select.epoll.fromfd(WATCH)
target = os.readlink(f"/proc/self/fd/{WATCH}") if os.path.lexists(f"/proc/self/fd/{WATCH}") else ""
taken_out = [
    fd for fd in range(400) if "OK" in (attempt(watch.modify, fd, 0), attempt(watch.unregister, fd))
]
# The host has not read the text of C code yet: the watch is ready, but does not name its
# descriptor.
os.write(1, b"by C\n")
told = {fd for fd, _ in watch.poll(0)} | {0}
readable, writable = os.pipe()
os.write(writable, b"never read")
added = attempt(watch.register, readable, select.EPOLLIN)
for number in range(2000):
    print(number)
closed = attempt(os.close, WATCH)
for number in range(2000):
    print(number, flush=True)
report(
    {
        "is a watch": "eventpoll" in target,
        "taken out": taken_out,
        "what it tells": sorted(told),
        "added": added,
        "closed": closed,
    },
    select.epoll().fileno() >= 0,
)
