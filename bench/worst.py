"""Hostile code that guests run while others are measured (figure m).

Each row runs until its sessions are deleted. It runs only in sessions.
"""

from __future__ import annotations

from dataclasses import dataclass

from carrel import Limits

_CHILDREN = """
import ctypes, mmap, os, signal, struct, threading, time
libc = ctypes.CDLL(None)
def in_child(work):
    if os.fork() == 0:
        try:
            while True: work()
        finally: os._exit(0)
"""


@dataclass(frozen=True)
class Row:
    """One kind of guest.

    Attributes:
        code: a cell that runs until its session is deleted, unless `again` is set.
        again: a cell that is run repeatedly after `code` has ended.
        uploads: the number of uploads that its callers begin and do not end.
    """

    name: str
    code: str
    again: str = ""
    sessions: int = 1
    image: str = "minimal"
    limits: Limits | None = None
    uploads: int = 0


# Rows whose code was once observed to slow others.
ONCE_SEEN = (
    Row(
        "100 threads that loop fork() over 384 MiB",
        """
import mmap, os, threading
block = mmap.mmap(-1, 384 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
block.madvise(15)  # MADV_NOHUGEPAGE
for offset in range(0, len(block), 4096): block[offset] = 1
def work():
    while True:
        try: child = os.fork()
        except OSError: continue
        if child == 0: os._exit(0)
        os.waitpid(child, 0)
for _ in range(100): threading.Thread(target=work, daemon=True).start()
""",
        again="freed = bytearray(4 << 20)\ndel freed",
        image="data-science",
    ),
    Row(
        "shared anonymous memory",
        _CHILDREN
        + """
block = mmap.mmap(-1, 256 << 20)
while True:
    for offset in range(0, len(block), 4096): block[offset] = 1
    block.madvise(mmap.MADV_DONTNEED)
""",
    ),
    Row(
        "processes whose first thread has ended",
        _CHILDREN
        + """
def hold():
    block = b'x' * (30 << 20)
    while block: block = bytes(block)
for _ in range(8):
    if os.fork() == 0:
        threading.Thread(target=hold).start()
        libc.syscall(60, 0)  # exit, of this thread alone
while True: signal.pause()
""",
    ),
    Row(
        "packets of a byte by 48 writers",
        _CHILDREN
        + """
import fcntl
for pipe in (1, 2):
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_DIRECT)
for _ in range(24):
    in_child(lambda: os.write(1, b'z'))
    in_child(lambda: os.write(2, b'z'))
# Frames that say that the pipes are to be read first.
payload = b'\\x10\\x01\\x4a\\x00'
frames = (struct.pack('<I', len(payload)) + payload) * 5000
in_child(lambda: os.write(3, frames))
while True: signal.pause()
""",
    ),
    Row(
        "frames of a few bytes without end",
        _CHILDREN
        + """
payload = b'\\x4a\\x00'
frames = (struct.pack('<I', len(payload)) + payload) * 5000
in_child(lambda: os.write(3, frames))
while True: signal.pause()
""",
    ),
    Row(
        "four that loop fork()",
        "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
        sessions=4,
    ),
    Row(
        "250 sleeping forks in each of four",
        """
import os, signal
for _ in range(250):
    if os.fork() == 0:
        while True: signal.pause()
while True: signal.pause()
""",
        sessions=4,
        limits=Limits(process_count=256),
    ),
    Row(
        "a folder renamed while it is measured",
        _CHILDREN
        + """
os.mkdir('a')
for number in range(10_000): open(f'a/{number}', 'w').close()
def rename():
    os.rename('a', 'b'); os.rename('b', 'a')
in_child(rename)
while True: signal.pause()
""",
    ),
    Row(
        "images displayed cell after cell",
        "import os\nfrom IPython.display import Image, display",
        again="""
for _ in range(8):
    display(Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + os.urandom(1 << 20), format='png'))
""",
    ),
    Row(
        "watches and locks of shared files",
        _CHILDREN
        + """
import fcntl
file = open('/usr/bin/python3.11')
watcher = libc.inotify_init()
def lock():
    for kind in (fcntl.LOCK_EX, fcntl.LOCK_UN):
        try: fcntl.flock(file, kind)
        except OSError: pass
def watch():
    for path in (b'/usr/bin', b'.', b'/'):
        libc.inotify_rm_watch(watcher, libc.inotify_add_watch(watcher, path, 0xFFF))
in_child(lock); in_child(watch)
while True: signal.pause()
""",
    ),
    Row(
        "utime of a sparse file of 255 MiB",
        "import os\nopen('sparse', 'wb').truncate(255 << 20)\nn = 0",
        again="n += 1\nos.utime('sparse', (1, n))",
    ),
    Row(
        "displays with metadata",
        "metadata = {'text/plain': {'x': 'y' * 65000}}",
        again="for _ in range(1024): display({'text/plain': ''}, raw=True, metadata=metadata)",
    ),
    Row(
        "children that nobody waits for",
        """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    try: child = os.fork()
    except OSError: continue
    if child == 0:
        end = time.monotonic() + 0.02
        while time.monotonic() < end: pass
        os._exit(0)
""",
    ),
    Row("uploads that fall silent", "", again="1", uploads=400),
    Row(
        "refused calls in loops",
        "import ctypes\nl = ctypes.CDLL(None)\nwhile True: l.syscall(250, 0)",
        sessions=4,
    ),
)

# Rows of other code that competes with others, four sessions of each.
OTHERS = (
    Row("busy loops", "while True: pass", sessions=4),
    Row(
        "threads",
        """
import threading
while True:
    try: threading.Thread(target=lambda: sum(iter(int, 1))).start()
    except RuntimeError: pass
""",
        sessions=4,
    ),
    Row(
        "writes to the pipe",
        "import os\nb = b'x' * 65536\nwhile True: os.write(1, b)",
        sessions=4,
    ),
    Row("prints", "while True: print('x' * 1000)", sessions=4),
    Row("displays", "while True: display('x' * 10000)", sessions=4),
    Row(
        "many files",
        "n = 0\nwhile True:\n  open(str(n % 5000), 'w').close(); n += 1",
        sessions=4,
    ),
    Row(
        "memory up and down",
        """
import time
x = []
while True:
    x.append(bytearray(1 << 20)); time.sleep(0.005)
    if len(x) > 300: x = []
""",
        sessions=4,
    ),
    Row(
        "disk writes",
        """
b = b'x' * (1 << 20)
while True:
    with open('f', 'wb') as f:
        for i in range(64): f.write(b)
""",
        sessions=4,
    ),
    Row("subprocesses", "import subprocess\nwhile True: subprocess.run(['true'])", sessions=4),
)
