"""Leaves its directory for others', its root and deleted ones, and goes on by relative names.

attack: 17 35
guarantee: G1 G2
observed: {"read": [], "written": []}
"""

from kit import *

known = facts()
FOLDERS = [known["data_directory"], known["data_directory"] + "/sessions", os.path.dirname(known["neighbour_file"]),
           os.path.dirname(known["victim"]), "/root", "/proc/1/cwd", "/proc/1/root", "/", "/etc", "/run", "/proc/self/root"]  # fmt: skip
NAMES = [
    "neighbour.txt",
    "victim.txt",
    "shadow",
    ".bashrc",
    "root/.bashrc",
    f"{known['neighbour_folder']}/files/neighbour.txt",
]
read, written = [], []
for folder in FOLDERS:
    if attempt(os.chdir, folder) != "OK":
        continue
    read += [f"{folder} {n}" for n in NAMES if attempt(lambda n=n: open(n).read(1)) == "OK"]
    for make in (os.mkdir, lambda n: os.open(n, os.O_CREAT | os.O_WRONLY), os.mkfifo):
        if attempt(make, "carrel-test-must-not-exist") == "OK":
            written.append(folder)
os.makedirs("/mnt/data/gone")
os.chdir("/mnt/data/gone")
os.rmdir("/mnt/data/gone")
read += (
    ["gone"]
    if attempt(os.listdir, "../..") == "OK" and known["neighbour_id"] in os.listdir("../..")
    else []
)
os.chdir("/mnt/data")
report({"read": read, "written": written}, attempt(os.mkdir, "own") == "OK")
