"""Operations that do not work or that differ, and how they fail.

The tables of docs/compatibility.md are made from these rows by tests/compatibility/document.py, so
each has the columns `seen` and `why`.
"""

import shutil
import tempfile

from rows.row import CONTAINED, NATIVE, RESTRICTED, SCIENCE, Row

ROWS = (
    Row("urlopen", "import urllib.request\nurllib.request.urlopen('https://example.com', timeout=30)",
        raises=("URLError", "Name or service not known"),
        seen="URLError: Name or service not known",
        why="no network: names cannot be looked up, sockets are refused",
        instead="upload the file"),
    Row("connection to an address", "import socket\nsocket.create_connection(('127.0.0.1', 80))",
        raises=("PermissionError", "Permission denied"),
        seen="PermissionError: Permission denied",
        why="seccomp answers `socket` with EACCES"),
    Row("server socket", "import http.server\nhttp.server.HTTPServer(('127.0.0.1', 0), None)",
        raises=("PermissionError", "Permission denied"),
        seen="PermissionError: Permission denied",
        why="`socket` is refused, also for loopback"),
    Row("Unix socket", "import socket\nsocket.socket(socket.AF_UNIX)",
        raises=("PermissionError", "Permission denied"),
        seen="PermissionError: Permission denied",
        why="`socket` is refused for each family",
        instead="`socket.socketpair()`, pipes"),
    Row("asyncio server", """
import asyncio
server = await asyncio.start_server(print, "127.0.0.1", 0); print(server.sockets)
""", "()",
        seen="starts, with no socket: `server.sockets` is `()`",
        why="asyncio takes the refusal for an address family that the machine lacks"),
    Row("%pip install", "%pip install scrapy",
        raises=("UsageError", "nothing was installed: this session has no network"),
        seen="UsageError: nothing was installed",
        why="no network, and the environment is read-only. What the image has counts as installed",
        instead="`%pip list`; upload pure Python modules; ask for an image with the package"),
    Row("!pip install", "!pip install scrapy\nprint(_exit_code)", "1", stderr="nothing was installed: this session has no network",
        seen="exit code 1 and the same sentences on stderr; the cell goes on, as with each `!` command",
        why="the same, also for `python -m pip`",
        instead="`%pip install`, which raises"),
    Row("%conda, %mamba, %uv", """
for name in ("conda", "mamba", "micromamba", "uv"):
    try: get_ipython().run_line_magic(name, "install scrapy")
    except Exception as error: print(type(error).__name__, f"there is no {name}, and nothing can be installed" in str(error))
""", "UsageError True\nUsageError True\nUsageError True\nUsageError True",
        seen="UsageError: there is no conda, and nothing can be installed",
        why="as with pip",
        instead="`%pip list`"),
    Row("input()", "x = input('name? ')", "name? ", raises=("EOFError", "EOF when reading a line"),
        seen="EOFError",
        why="stdin is empty: no one is there to answer; `getpass.getpass()` likewise"),
    Row("multiprocessing.Manager", "import multiprocessing\nmultiprocessing.Manager()",
        raises=("EOFError", ""), stderr="PermissionError: [Errno 13] Permission denied",
        seen="EOFError; PermissionError on stderr",
        why="its server listens on a Unix socket",
        instead="Queue, Pipe, Value, Array, shared_memory"),
    Row("forkserver", """
import multiprocessing
multiprocessing.get_context("forkserver").Process(target=print).start()
""", raises=("PermissionError", "Permission denied"),
        seen="PermissionError",
        why="the same",
        instead="fork (the default), spawn"),
    Row("spawn of a cell's function", """
import multiprocessing
def square(x): return x * x
process = multiprocessing.get_context("spawn").Process(target=square, args=(2,))
process.start(); process.join(); print(process.exitcode)
""", "1", stderr="Can't get attribute 'square' on <module '__main__'",
        seen="the child ends with exit code 1, AttributeError on stderr. A spawn *Pool* starts children again and again and hangs, as in Jupyter",
        why="the child is a new Python, which has no cells",
        instead="fork, or a function in a module of the workspace"),
    Row("asyncio.run beside await", """
import asyncio, warnings
warnings.simplefilter("ignore")
async def f(): return 1
await f()
asyncio.run(f())
""", raises=("RuntimeError", "asyncio.run() cannot be called from a running event loop"),
        seen="RuntimeError",
        why="a cell with top-level `await` runs in a loop already, as in Jupyter. Without one, `asyncio.run` works",
        instead="`await`"),
    Row("source of a cell's class", "import inspect\nclass A: pass\ninspect.getsource(A)",
        raises=("OSError", "source code not available"),
        seen="OSError: source code not available",
        why="`inspect` of Python 3.11 looks for the file of `__main__`, as in Jupyter. Functions and methods work"),
    # The directory is read-only or, in a container whose root is writable, not the session's.
    Row("writing elsewhere", """
import errno
try: open('/mnt/other.txt', 'w')
except OSError as error: print(error.errno in (errno.EROFS, errno.EACCES))
""", "True",
        seen="OSError: Read-only file system",
        why="only `/mnt/data`, `/tmp` and `/dev/shm` can be written"),
    Row("other locales", "import locale\nlocale.setlocale(locale.LC_ALL, 'de_DE.UTF-8')",
        raises=("Error", "unsupported locale setting"),
        seen="locale.Error: unsupported locale setting",
        why="only C, POSIX and C.UTF-8 are there",
        instead="format by hand"),
    Row("pseudo-terminal", "import pty\npty.openpty()", raises=("OSError", "out of pty devices"),
        seen="OSError: out of pty devices",
        why="there is no `/dev/pts`",
        instead="pipes"),
    Row("chown", "import os\nopen('f', 'w').close()\nos.chown('f', os.getuid(), os.getgid())",
        raises=("PermissionError", "Operation not permitted"),
        seen="PermissionError, even to oneself",
        why="`chown` and its kin are refused; `cp -p` goes on without"),
    Row("extended attributes", """
import os
open("f", "w").close()
try: os.setxattr("f", "user.a", b"1")
except OSError: print("refused", os.listxattr("f"))
""", "refused []",
        seen="OSError: Operation not supported",
        why="`setxattr` and its kin are refused; reading works, and `cp -p` goes on without"),
    Row("memfd_create", "import os\nos.memfd_create('x')",
        raises=("OSError", "Function not implemented"),
        seen="OSError: Function not implemented",
        why="memory that no limit counts. libffi falls back, so ctypes callbacks work",
        instead="`tempfile`, `/dev/shm`, `mmap.mmap(-1, n)`"),
    Row("System V shared memory", """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
print(libc.shmget(0, 4096, 0o1600), errno.errorcode[ctypes.get_errno()])
""", "-1 EPERM",
        seen="-1, errno EPERM",
        why="`shmget`, `semget`, `msgget` are not in the syscall table",
        instead="`multiprocessing.shared_memory`"),
    Row("CPUs beyond the session's share", "import os\nos.sched_setaffinity(0, {0, 1})",
        raises=("PermissionError", "Operation not permitted"),
        seen="PermissionError of `os.sched_setaffinity`",
        why="a session runs on `cpu_count` CPUs of the limits; `os.cpu_count()` says how many these are"),
    Row("plotly to an image", "import plotly.express as px\npx.line(y=[1]).write_image('p.png')",
        raises=("", "requires the Kaleido package"), images=SCIENCE,
        seen="an error that names Kaleido",
        why="`write_image` needs Kaleido and a browser; neither is in the image",
        instead="`write_html`, matplotlib"),
    Row("duckdb's fetchone", "import duckdb\nduckdb.sql('select 1').fetchone()",
        raises=("AttributeError", "Use rel.limit(1).fetchall() instead"), images=SCIENCE,
        seen="AttributeError that says what to use",
        why="the image has DuckDB 2, in which relations lost it. A result of `execute` that is not read to its end keeps the connection busy",
        instead="`fetchall()`, `df()`, `pl()`"),
    Row("zones after 2037", """
import datetime, pandas as pd, zoneinfo
day = datetime.datetime(2050, 7, 1, tzinfo=datetime.timezone.utc)
print(day.astimezone(zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset(), pd.Timestamp(day).tz_convert("Europe/Berlin").utcoffset())
""", "2:00:00 1:00:00", images=SCIENCE,
        seen="pandas, pytz, dateutil and pyarrow have no summer time in 2050; zoneinfo, polars and DuckDB have",
        why="they read what the files of a zone spell out, which ends in 2037, and not the rule that follows",
        instead="`zoneinfo`"),
    Row("zones of polars and DuckDB", """
import datetime, duckdb, polars as pl, re
day = datetime.datetime(2020, 7, 1, tzinfo=datetime.timezone.utc)
print(pl.Series([day]).dt.convert_time_zone("Europe/Berlin")[0].hour, duckdb.execute("select timezone('Europe/Berlin', ?)", [day]).fetchone()[0].hour)
""", "2 2", images=SCIENCE,
        seen="may differ from the others where a country has changed its rules lately",
        why="they bring tables of their own, as old or new as they are. All else reads the image's, which is the `tzdata` of its lock",
        instead="pandas, `zoneinfo`"),
    Row("polars in a fork", """
import multiprocessing, polars as pl
frame = pl.DataFrame({"a": [1, 1]}); frame.group_by("a").len()
process = multiprocessing.Process(target=lambda: frame.group_by("a").len()); process.start()
process.join(3); print(process.is_alive()); process.kill(); process.join()
""", "True", stderr="polars is used in a fork of a process that has imported it", images=SCIENCE,
        seen="a sentence on stderr when the fork first uses it; most of its functions then hang until the timeout",
        why="its threads start with the import, a fork has none, and polars cannot make new ones",
        instead="threads; spawn, with a function in a module of the workspace"),
    Row("sudo and setuid", "import os\nos.setuid(0)",
        raises=("PermissionError", "Operation not permitted"),
        seen="PermissionError",
        why="no capability, no setuid"),
    # strace begins like this: the child stops until it is traced.
    Row("tracing", """
import ctypes, errno, os, signal
libc = ctypes.CDLL(None, use_errno=True)
child = os.fork()
if child == 0:
    os.kill(os.getpid(), signal.SIGSTOP); os._exit(0)
os.waitpid(child, os.WUNTRACED)
PTRACE_SEIZE = 0x4206
print(libc.ptrace(PTRACE_SEIZE, child, 0, 0), errno.errorcode[ctypes.get_errno()])
os.kill(child, signal.SIGKILL); os.waitpid(child, 0)
""", "-1 EPERM",
        seen="strace, gdb and perf say that the operation is not permitted, and end",
        why="`ptrace` and `perf_event_open` are refused; `refused_calls` names them",
        instead="`faulthandler`, `cProfile`, `sys.settrace`"),
    Row("memory of another process", """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
class Part(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
data = ctypes.create_string_buffer(b"x"); part = Part(ctypes.addressof(data), 1)
wrote = libc.process_vm_writev(os.getpid(), ctypes.byref(part), 1, ctypes.byref(part), 1, 0)
print(wrote, errno.errorcode[ctypes.get_errno()])
""", "-1 EPERM",
        seen="PermissionError, also of its own by `process_vm_readv`",
        why="the call cannot be told from one that is aimed at others. Open MPI goes on without",
        instead="shared memory"),
    Row("size of a socket's buffer", """
from socket import SOL_SOCKET, SO_RCVBUF, SO_SNDBUF, socketpair
left, right = socketpair()
before = [left.getsockopt(SOL_SOCKET, name) for name in (SO_SNDBUF, SO_RCVBUF)]
for name in (SO_SNDBUF, SO_RCVBUF): left.setsockopt(SOL_SOCKET, name, 1)
print(before == [left.getsockopt(SOL_SOCKET, name) for name in (SO_SNDBUF, SO_RCVBUF)])
""", "True",
        seen="stays as it is, whatever `setsockopt` asks for",
        why="memory that no limit counts; the kernel takes the size for a wish, too. Other options of sockets are refused"),
    Row("memory of the machine by system call", """
import os, subprocess
pages = subprocess.run(["getconf", "_PHYS_PAGES"], capture_output=True, text=True).stdout
print(int(pages) > os.sysconf("SC_PHYS_PAGES"))
""", "True", lanes=NATIVE,
        seen="`sysinfo`, and so `getconf _PHYS_PAGES` of a subprocess, is the machine's",
        why="the kernel knows no other. `os.sysconf`, `/proc/meminfo`, `free`, psutil and `/sys/fs/cgroup/memory.max` are the session's",
        instead="`os.sysconf`"),
    Row("inotify", """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
print(libc.inotify_init1(0), errno.errorcode[ctypes.get_errno()])
""", "-1 ENOSYS",
        seen="-1, errno ENOSYS: watchfiles and `tail -f` poll instead, watchdog's `Observer` fails",
        why="it tells what neighbours and the host open in shared folders",
        instead="watchdog's `PollingObserver`"),
    Row("disk_usage and df", "import shutil\nprint(shutil.disk_usage('/mnt/data').total)",
        check=lambda r: int(r.stdout) == shutil.disk_usage(tempfile.gettempdir()).total,
        seen="the size of the host's file system",
        why="a workspace is a folder there; the session's `workspace_bytes` is held by watching",
        instead="the limits of `GetSession`"),
    Row("listing / and /proc", """
import os
for path in ("/", "/proc"):
    try: print(os.listdir(path))
    except PermissionError as error: print(error.strerror)
""", "Permission denied\nPermission denied", lanes=CONTAINED,
        seen="PermissionError: Permission denied",
        why="a session has no root folder and no `/proc` of its own",
        instead="`/proc/self`, whose files can be read"),
    Row("psutil.pids()", "import psutil\npsutil.pids()",
        raises=("PermissionError", "Permission denied"), lanes=CONTAINED,
        seen="PermissionError: Permission denied",
        why="`/proc` cannot be listed",
        instead="`psutil.Process()`"),
    Row("ps", "!ps >/dev/null\nprint(_exit_code)", "1", lanes=CONTAINED, stderr="error",
        seen="a message on stderr",
        why="`/proc` cannot be listed"),
    Row("os.pidfd_open", "import os\nos.pidfd_open(os.getpid())",
        raises=("PermissionError", "Operation not permitted"), lanes=CONTAINED,
        seen="PermissionError: Operation not permitted",
        why="pids are the container's there, not the session's own",
        instead="`Popen.wait`"),
    Row("sending descriptors", """
import os, socket
a, b = socket.socketpair()
socket.send_fds(a, [b"x"], [0])
""", raises=("PermissionError", "Operation not permitted"), lanes=RESTRICTED,
        seen="PermissionError: Operation not permitted",
        why="descriptors in flight are counted for all sessions together",
        instead="fork, which inherits them"),
)  # fmt: skip
