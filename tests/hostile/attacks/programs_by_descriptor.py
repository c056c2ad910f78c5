"""Runs programs by descriptor: fexecve, execveat of an empty path, /proc/self/fd of a deleted file.

What runs is as confined as what runs by name.

attack: 8
guarantee: G6
observed: {"fexecve": "refused", "execveat": "refused", "a deleted program's mount": "SIGSYS"}
"""

import shutil
import subprocess

from kit import *

shutil.copy("/bin/true", "true")
true = os.open("true", os.O_RDONLY)


def fexecve():
    try:
        os.execve(true, ["true"], {})
    except OSError as error:
        return errno.errorcode[error.errno]


with open("deleted", "wb") as file:
    file.write(elf(call_and_exit(NUMBERS["mount"], 0, 0)))
os.chmod("deleted", 0o755)
deleted = os.open("deleted", os.O_RDONLY)
os.unlink("deleted")
done = subprocess.run([f"/proc/self/fd/{deleted}"], pass_fds=[deleted])
report(
    {
        "fexecve": in_child(fexecve),
        "execveat": in_child(syscall, "execveat", true, address(b"\0"), 0, 0, 0x1000),
        "a deleted program's mount": signal.Signals(-done.returncode).name,
    },
    subprocess.run(["./true"]).returncode == 0,
)
