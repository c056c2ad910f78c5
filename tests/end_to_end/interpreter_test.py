"""A session's Python is that of the image's environment, as if it had been started by hand.

A session can neither observe nor inherit how its interpreter was made: by a fork of a program that
another had executed, with a library preloaded.
"""

from __future__ import annotations

import json
import signal

import pytest
from carrel import Client
from lanes.lane import LANE, in_image
from support import local_server, run, value

ENVIRONMENT = "/opt/carrel/env" if LANE == "native" else in_image("minimal")[1]
# Sessions have descriptors of their directories where nothing can be mounted.
FOLDERS = ["100", "101", "102"] if LANE != "native" else []
GUEST_LIBRARY = "" if LANE == "native" else "/opt/carrel/libexec/libcarrel-guest.so"

FACTS = {
    "sys.executable": f"{ENVIRONMENT}/bin/python",
    "sys._base_executable": "/usr/bin/python3.11",
    "os.readlink('/proc/self/exe')": "/usr/bin/python3.11",
    "sys.argv": [""],
    "sys.orig_argv": [],
    "sys.path": [
        "",
        "/usr/lib/python311.zip",
        "/usr/lib/python3.11",
        "/usr/lib/python3.11/lib-dynload",
        f"{ENVIRONMENT}/lib/python3.11/site-packages",
    ],
    "[sys.prefix, sys.exec_prefix]": [ENVIRONMENT, ENVIRONMENT],
    "[sys.base_prefix, sys.base_exec_prefix]": ["/usr", "/usr"],
    "[sys.warnoptions, sys._xoptions, sys.pycache_prefix]": [[], {}, None],
    # The flags are those of `python3` without options.
    "{n: getattr(sys.flags, n) for n in sys.flags.__match_args__}": {
        "debug": 0, "inspect": 0, "interactive": 0, "optimize": 0, "dont_write_bytecode": 0,
        "no_user_site": 0, "no_site": 0, "ignore_environment": 0, "verbose": 0, "bytes_warning": 0,
        "quiet": 0, "hash_randomization": 1, "isolated": 0, "dev_mode": False, "utf8_mode": 0,
        "warn_default_encoding": 0, "safe_path": False, "int_max_str_digits": -1,
    },
    "[sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()]": ["utf-8", "surrogateescape"],
    "[locale.setlocale(locale.LC_CTYPE), locale.setlocale(locale.LC_NUMERIC)]": ["C.UTF-8", "C"],
    "locale.getpreferredencoding()": "UTF-8",
    "[(f.encoding, f.errors) for f in (sys.stdin, sys.stdout, sys.stderr)]": [
        ["utf-8", "surrogateescape"], ["utf-8", "backslashreplace"], ["utf-8", "backslashreplace"],
    ],
    "[signal.getsignal(n) is signal.default_int_handler for n in (2, 15)]": [True, False],
    "sorted(n for n in signal.valid_signals() if signal.getsignal(n) == signal.SIG_IGN)": [13, 25],
    "signal.pthread_sigmask(signal.SIG_BLOCK, [])": "set()",
    "faulthandler.is_enabled()": True,
    "_imp.is_frozen('os')": True,
    "[sys.getrecursionlimit(), gc.get_threshold(), gc.isenabled()]": [1000, [700, 10, 10], True],
    "threading.active_count()": 1,
    "[open('/proc/self/comm').read(), open('/proc/self/cmdline').read()]": [
        "carrel-zygote\n", "carrel-zygote\0",
    ],
    "open('/proc/self/environ').read().strip(chr(0))": "",
    "os.environ.get('LD_PRELOAD', '')": GUEST_LIBRARY,
    "os.environ.get('LD_BIND_NOW')": None,
    # The standard streams, the frame socket and the pipes' watch; the listing's own descriptor is
    # closed by then.
    "sorted(f for f in os.listdir('/proc/self/fd') if os.path.lexists('/proc/self/fd/' + f))":
        sorted(["0", "1", "2", "3", "8", *FOLDERS]),
    "'_carrel' in sys.builtin_module_names": True,
}  # fmt: skip

IMPORTS = "import _imp, faulthandler, gc, json, locale, os, signal, sys, threading"


@pytest.mark.parametrize("expression", FACTS)
def test_interpreter_is_as_if_started_by_hand(session, expression):
    told = run(session, f"{IMPORTS}\nprint(json.dumps({expression}, default=str))").stdout
    assert json.loads(told) == FACTS[expression]


def test_no_python_variable_and_no_option_of_the_loader_is_inherited(session):
    names = json.loads(run(session, "import json, os; print(json.dumps(list(os.environ)))").stdout)
    own = {"LD_PRELOAD", "PYTHONTZPATH"}  # The guest library, and the image's time zones.
    assert [n for n in names if n.startswith(("PYTHON", "LD_")) and n not in own] == []


def test_python_that_a_session_starts_is_the_same_one(session):
    names = "sorted(set(sys.builtin_module_names) - {'_carrel'})"
    same = f"[sys.version, sys.prefix, sys.base_prefix, sys.path[1:], {names}]"
    started = run(
        session,
        "import subprocess, sys\n"
        f"code = {f'import sys; print({same})'!r}\n"
        "print(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True,"
        " check=True).stdout, end='')",
    ).stdout
    assert started.strip() == value(session, same)


def test_names_of_the_zygote_are_hidden_from_libraries(session):
    """A wheel that brings its own Protobuf could otherwise get ours."""
    code = """
import ctypes
found = []
for name in ("Py_GetVersion", "_ZN6carrel5child14RunInterpreterERKNS0_11SessionPlanE",
             "_ZN6carrel8internal9HostFrameC1EPN6google8protobuf5ArenaEb"):
    try:
        found.append(bool(ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p)))
    except AttributeError:
        found.append(False)
print(found)
"""
    assert run(session, code).stdout == "[True, False, False]\n"


def test_what_the_server_was_told_to_ignore_sessions_do_not():
    """A shell makes its background processes ignore SIGQUIT."""
    before = signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    try:
        with (
            local_server(images=["minimal"]) as server,
            Client(server.address) as client,
            client.create_session() as session,
        ):
            code = "import signal\nprint(signal.getsignal(signal.SIGQUIT) is signal.SIG_DFL)"
            assert run(session, code).stdout == "True\n"
    finally:
        signal.signal(signal.SIGQUIT, before)


def test_anonymous_memory_is_shared_with_forked_processes(session):
    code = """
import mmap, os, subprocess, sys
memory = mmap.mmap(-1, 1 << 20)
if os.fork() == 0:
    memory[:5] = b"child"
    os._exit(0)
os.wait()
program = "import mmap; m = mmap.mmap(-1, 4096); m[0] = 7; print(m[0])"
print(memory[:5], subprocess.check_output([sys.executable, "-c", program]))
"""
    assert run(session, code).stdout == "b'child' b'7\\n'\n"
