"""What does not work, and how it says so. docs/compatibility.md gives each a reason."""

from rows.row import SCIENCE, Row

ROWS = (
    Row("urlopen", "import urllib.request\nurllib.request.urlopen('https://example.com', timeout=30)",
        raises=("URLError", "Name or service not known")),
    Row("connection to an address", "import socket\nsocket.create_connection(('127.0.0.1', 80))",
        raises=("PermissionError", "Permission denied")),
    Row("server socket", "import http.server\nhttp.server.HTTPServer(('127.0.0.1', 0), None)",
        raises=("PermissionError", "Permission denied")),
    Row("Unix socket", "import socket\nsocket.socket(socket.AF_UNIX)",
        raises=("PermissionError", "Permission denied")),
    Row("asyncio server", """
import asyncio
server = await asyncio.start_server(print, "127.0.0.1", 0); print(server.sockets)
""", "()"),
    Row("%pip install", "%pip install requests", stderr="No module named pip",
        check=lambda r: True),
    Row("!pip install", "!pip install requests 2>&1 | grep -oE 'externally-managed-environment|not found'\n"
        "print(_exit_code)", check=lambda r: r.stdout.strip().endswith("\n0")),
    Row("input()", "x = input('name? ')", "name? ", raises=("EOFError", "EOF when reading a line")),
    Row("multiprocessing.Manager", "import multiprocessing\nmultiprocessing.Manager()",
        raises=("EOFError", ""), stderr="PermissionError: [Errno 13] Permission denied"),
    Row("forkserver", """
import multiprocessing
multiprocessing.get_context("forkserver").Process(target=print).start()
""", raises=("PermissionError", "Permission denied")),
    Row("spawn of a cell's function", """
import multiprocessing
def square(x): return x * x
process = multiprocessing.get_context("spawn").Process(target=square, args=(2,))
process.start(); process.join(); print(process.exitcode)
""", "1", stderr="Can't get attribute 'square' on <module '__main__'"),
    Row("asyncio.run beside await", """
import asyncio, warnings
warnings.simplefilter("ignore")
async def f(): return 1
await f()
asyncio.run(f())
""", raises=("RuntimeError", "asyncio.run() cannot be called from a running event loop")),
    Row("source of a cell's class", "import inspect\nclass A: pass\ninspect.getsource(A)",
        raises=("OSError", "source code not available")),
    # Read-only, or, in a container whose root is writable, not the session's.
    Row("writing elsewhere", """
import errno
try: open('/mnt/other.txt', 'w')
except OSError as error: print(error.errno in (errno.EROFS, errno.EACCES))
""", "True"),
    Row("other locales", "import locale\nlocale.setlocale(locale.LC_ALL, 'de_DE.UTF-8')",
        raises=("Error", "unsupported locale setting")),
    Row("pseudo-terminal", "import pty\npty.openpty()", raises=("OSError", "out of pty devices")),
    Row("chown", "import os\nopen('f', 'w').close()\nos.chown('f', os.getuid(), os.getgid())",
        raises=("PermissionError", "Operation not permitted")),
    Row("extended attributes", """
import os
open("f", "w").close()
try: os.setxattr("f", "user.a", b"1")
except OSError: print("refused", os.listxattr("f"))
""", "refused []"),
    Row("memfd_create", "import os\nos.memfd_create('x')",
        raises=("OSError", "Function not implemented")),
    Row("System V shared memory", """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
print(libc.shmget(0, 4096, 0o1600), errno.errorcode[ctypes.get_errno()])
""", "-1 EPERM"),
    Row("CPUs beyond the session's share", "import os\nos.sched_setaffinity(0, {0, 1})",
        raises=("PermissionError", "Operation not permitted")),
    Row("plotly's show()", "import plotly.express as px\npx.line(x=[1, 2], y=[1, 2]).show()",
        raises=("ValueError", "requires nbformat"), images=SCIENCE),
    Row("plotly to an image", "import plotly.express as px\npx.line(y=[1]).write_image('p.png')",
        raises=("", "requires the Kaleido package"), images=SCIENCE),
    Row("duckdb's fetchone", "import duckdb\nduckdb.sql('select 1').fetchone()",
        raises=("AttributeError", "Use rel.limit(1).fetchall() instead"), images=SCIENCE),
    Row("sudo and setuid", "import os\nos.setuid(0)",
        raises=("PermissionError", "Operation not permitted")),
)  # fmt: skip
