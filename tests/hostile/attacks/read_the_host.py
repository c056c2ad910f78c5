"""Reads what is not of the image or its own: secrets, homes, the data directory, other sessions.

attack: 28 35
guarantee: G1 G9
observed: {"read": [], "listed": []}
"""

from kit import *

known = facts()
FILES = ["/etc/shadow", "/etc/sudoers", "/root/.bashrc", "/root/.ssh/id_rsa", "/run/secrets/x",
         known["neighbour_file"], known["log"], "/proc/1/environ", "/.dockerenv"]  # fmt: skip
FOLDERS = ["/root", "/home", "/work", "/var/log", "/boot", "/sys/kernel", "/host", "/var/lib",
           known["data_directory"], known["data_directory"] + "/sessions"]  # fmt: skip
read = [path for path in FILES if attempt(lambda p=path: open(p, "rb").read(1)) == "OK"]
listed = [path for path in FOLDERS if attempt(os.listdir, path) == "OK" and os.listdir(path)]
up = "../" * 20
read += [path for path in FILES if attempt(lambda p=path: open(up + p, "rb").read(1)) == "OK"]
report({"read": read, "listed": listed}, attempt(os.listdir, "/usr") == "OK")
