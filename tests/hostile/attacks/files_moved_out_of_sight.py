"""Has itself told of each look into its folders, and moves what it keeps into the one just read.

attack: 34 35
guarantee: G7
limits: {"workspace_bytes": 33554432}
cause: WORKSPACE_LIMIT
timeout: 30
next: any
"""

import select
import time

from kit import *

os.mkdir("one")
os.mkdir("two")
first, second = sorted(["one", "two"], key=os.listdir().index)
for number in range(18000):  # Each of them is looked at, which takes a while.
    os.close(os.open(f"{first}/filler{number}", os.O_WRONLY | os.O_CREAT))
os.mkdir(f"{second}/kept")
folder = os.open(f"{second}/kept", os.O_RDONLY)
news = libc.inotify_init1(0)
in_first = libc.inotify_add_watch(news, first.encode(), 1)  # IN_ACCESS: it was read.
in_second = libc.inotify_add_watch(news, second.encode(), 1)
is_told = in_first > 0 and in_second > 0  # Or it moves without a rest.
control(os.path.isdir(f"{second}/kept"))
if os.fork() == 0:
    os.setsid()
    places = {in_first: f"{first}/kept".encode(), in_second: f"{second}/kept".encode()}
    while not is_told:
        libc.rename(f"{first}/kept".encode(), f"{second}/kept".encode())
        libc.rename(f"{second}/kept".encode(), f"{first}/kept".encode())
    while True:
        watch, _, _, name = struct.unpack_from("iIII", os.read(news, 65536))
        if name > 0:
            continue  # It was a folder in it.
        while select.select([news], [], [], 0.002)[0]:  # Until all of it was read.
            os.read(news, 65536)
        libc.rename(places[in_first + in_second - watch], places[watch])
block = bytes(1 << 20)
for number in range(12):
    with open(os.open(f"f{number}", os.O_WRONLY | os.O_CREAT, dir_fd=folder), "wb") as file:
        for _ in range(16):
            file.write(block)
time.sleep(patience(15))
