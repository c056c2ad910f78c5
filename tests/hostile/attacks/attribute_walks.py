"""Walks from one object to all others, by subclasses, frames and the collector, for what is the host's.

attack: 26
guarantee: G1 G9
observed: {"of the host": [], "runs as": "itself", "descriptors": []}
"""

import gc
import socket

from kit import *


def planted():
    hidden = {"deep": ["carrel-planted-" + "in-a-closure"]}
    return lambda: hidden


kept = planted()


def texts(roots):
    """All strings that can be reached, joined; whatever holds them."""
    seen, found, waiting = set(), [], list(roots)
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or thing is seen or thing is found or thing is waiting:
            continue
        seen.add(id(thing))
        if isinstance(thing, str | bytes):
            found.append(thing if isinstance(thing, str) else thing.decode(errors="replace"))
        else:
            waiting += gc.get_referents(thing)
    return "\n".join(found), seen


def frames():
    frame = sys._getframe()
    while frame is not None:
        yield frame
        frame = frame.f_back


def subclasses(of):
    for one in type.__subclasses__(of):
        yield one
        if one is not type:
            yield from subclasses(one)


all_classes = list(subclasses(().__class__.__base__))
everything, _ = texts([*gc.get_objects(), *frames(), *all_classes, *sys.modules.values()])
found = "carrel-planted-in-a-closure" in everything
known = facts()  # The facts are read only now: until here the process knew nothing of the host.
WANTED = ["secret", "neighbour_id", "neighbour_folder", "neighbour_file", "victim", "log", "socket"]
observed = {"of the host": [name for name in WANTED if str(known[name]) in everything]}

# The classic: a class whose globals have system().
(wrap,) = (one for one in all_classes if one.__name__ == "_wrap_close")
system = wrap.__init__.__globals__["system"]
same = system(f"test $(id -u) = {os.getuid()}") == 0
observed["runs as"] = "itself" if same else "another"

# Objects that own descriptors: none but the session's own pipes and frame socket.
OWN = {0, 1, 2, 3, 8, 100, 101, 102}
holders = [one for one in gc.get_objects() if isinstance(one, socket.socket)]
observed["descriptors"] = [one.fileno() for one in holders if one.fileno() not in OWN | {-1}]
report(observed, found)
