"""Reads of other processes in /proc: pid 1 of the session, the service, the zygote, a sibling.

attack: 16
guarantee: G1 G3 G9
observed: {"others": [], "of pid 1": [], "of the host": []}
"""

from kit import *

SECRETS = ("environ", "mem", "maps", "cmdline", "root", "cwd", "exe", "fd")


def readable(pid):
    found = []
    for name in SECRETS:
        path = f"/proc/{pid}/{name}"
        if attempt(os.listdir, path) == "OK" or attempt(os.readlink, path) == "OK":
            found.append(path)
        elif attempt(lambda p=path: open(p, "rb").read(16)) == "OK":
            found.append(path)
    return found


def listed():
    try:
        return os.listdir("/proc")
    except OSError:
        return []


own = os.getpid()
others = [name for name in listed() if name.isdigit() and int(name) != own]
# In a pid namespace of its own a small number is another process, even its own.
least = 1000 if facts()["lane"] == "native" else 1
host = [pid for pid in facts()["pids"] if pid > least]
report(
    {
        "others": others,
        "of pid 1": readable(1),
        "of the host": [path for pid in host for path in readable(pid)],
    },
    len(readable(own)) >= 5,
)
