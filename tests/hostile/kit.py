"""What attack programs share; uploaded to the attacking session as kit.py. Runs in there only."""

import ctypes
import errno
import json
import mmap
import os
import signal
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

# x86-64
NUMBERS = {
    "getpid": 39, "clone": 56, "ptrace": 101, "setuid": 105, "setgid": 106, "setgroups": 116,
    "setresuid": 117, "setfsuid": 122, "capset": 126, "personality": 135, "mknod": 133,
    "sched_setscheduler": 144, "pivot_root": 155, "chroot": 161, "acct": 163, "mount": 165,
    "umount2": 166, "swapon": 167, "reboot": 169, "sethostname": 170, "iopl": 172, "ioperm": 173,
    "init_module": 175, "delete_module": 176, "quotactl": 179, "kexec_load": 246, "add_key": 248,
    "request_key": 249, "keyctl": 250, "ioprio_set": 251, "unshare": 272,
    "perf_event_open": 298, "fanotify_init": 300, "open_by_handle_at": 304, "setns": 308,
    "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "finit_module": 313,
    "seccomp": 317, "memfd_create": 319, "bpf": 321, "execveat": 322, "userfaultfd": 323,
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "clone3": 435, "pidfd_getfd": 438, "shmget": 29,
    "semget": 64, "msgget": 68, "mq_open": 240, "socket": 41, "name_to_handle_at": 303,
    "modify_ldt": 154, "vhangup": 153, "settimeofday": 164, "clock_settime": 227,
}  # fmt: skip


def syscall(name, *arguments):
    """Makes a system call: "OK", or the name of its errno. Takes a name or a number."""
    number = NUMBERS[name] if isinstance(name, str) else name
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) for a in arguments])
    if result >= 0:
        return "OK"
    return errno.errorcode.get(ctypes.get_errno(), "errno 0")


def attempt(function, *arguments, **keywords):
    """Calls: "OK", the name of the errno, or the name of the exception."""
    try:
        function(*arguments, **keywords)
    except OSError as error:
        return errno.errorcode.get(error.errno, type(error).__name__)
    except Exception as error:
        return type(error).__name__
    return "OK"


def in_child(function, *arguments):
    """Calls in a forked child, since it may be killed: what was returned, or the signal's name."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, json.dumps(function(*arguments)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return json.loads(answer) if answer else "nothing"


def machine_code(code):
    """Makes a function of machine code, e.g. to call the kernel by other gates than libc's."""
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    function = ctypes.CFUNCTYPE(ctypes.c_long)(address)
    function.memory = memory
    return function


def facts():
    """What the runner knows of the host: pids, addresses, paths to aim at."""
    with open("facts.json") as file:
        return json.load(file)


def frame(payload):
    """A frame as the interpreter sends it: length, then the message."""
    return struct.pack("<I", len(payload)) + payload


def report(observed, control):
    """Says what was observed; `control` must be true: the attack really ran."""
    print("\n" + json.dumps({"control": bool(control), "observed": observed}), flush=True)


def control(passed):
    """For attacks that end the interpreter: says beforehand that they really run."""
    report(None, passed)


__all__ = [name for name in dir() if not name.startswith("_")] + ["sys"]
