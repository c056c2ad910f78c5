"""Watches by inotify which names others open in a directory that all sessions and the host share.

attack: 14 47
guarantee: G3 G9
observed: {"inotify": "ENOSYS", "heard": []}
"""

import select

from kit import *

FOLDER = os.path.dirname(os.__file__)
ctypes.set_errno(0)
news = libc.inotify_init1(0)
answer = "OK" if news >= 0 else errno.errorcode[ctypes.get_errno()]
heard = set()
if news >= 0:
    libc.inotify_add_watch(news, FOLDER.encode(), 0x20)  # IN_OPEN
opened = in_child(attempt, open, f"{FOLDER}/this.py")
while news >= 0 and select.select([news], [], [], 0.1)[0]:
    events = os.read(news, 65536)
    while events:
        size = struct.unpack_from("iIII", events)[3]
        heard.add(events[16 : 16 + size].rstrip(b"\0").decode())
        events = events[16 + size :]
report({"inotify": answer, "heard": sorted(heard)}, opened == "OK")
