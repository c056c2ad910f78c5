"""Puts a library of its own under programs by LD_PRELOAD and LD_AUDIT: they stay confined.

attack: 8 13
guarantee: G4 G5 G6
observed: {"loaded": true, "socket": "EACCES", "uid": "own", "mount": "SIGSYS"}
"""

import glob
import shutil
import subprocess

from kit import *

shutil.copy(glob.glob("/usr/lib/x86_64-linux-gnu/libm.so.6")[0], "/mnt/data/library.so")
environment = {"PATH": "/usr/bin:/bin", "LD_PRELOAD": "/mnt/data/library.so"}


def run(*command, **more):
    return subprocess.run(command, env=environment | more, capture_output=True, text=True, input="")


# The program lists its own libraries: without the session's library it may have no /proc/self.
LOADED = """
import ctypes
INFO = type("INFO", (ctypes.Structure,), {"_fields_": [("base", ctypes.c_void_p), ("name", ctypes.c_char_p)]})
kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(INFO), ctypes.c_size_t, ctypes.c_void_p)
tell = kind(lambda info, size, data: print(info[0].name.decode()) or 0)
ctypes.CDLL(None).dl_iterate_phdr(tell, None)
"""
probe = "import socket\ntry: socket.socket()\nexcept OSError as e:\n import errno; print(errno.errorcode[e.errno])"
python = shutil.which("python3.11") or "/usr/bin/python3.11"
mount = "import ctypes; ctypes.CDLL(None).mount(0, 0, 0, 0, 0)"
done = run(python, "-c", mount, LD_AUDIT="")
loaded = run(python, "-c", LOADED).stdout
report(
    {
        "loaded": "/library.so" in loaded,
        "socket": run(python, "-c", probe).stdout.strip(),
        "uid": "own" if run("id", "-u").stdout.strip() == str(os.getuid()) else "another",
        "mount": signal.Signals(-done.returncode).name if done.returncode < 0 else done.returncode,
    },
    True,
)
