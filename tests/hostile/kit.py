"""Functions for attack programs, uploaded to their sessions as kit.py. It runs only there."""

import ctypes
import errno
import json
import mmap
import os
import signal
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

# x86-64
NUMBERS = {
    "close": 3, "mmap": 9, "mprotect": 10, "ioctl": 16, "shmget": 29, "shmat": 30, "shmctl": 31,
    "dup2": 33, "getpid": 39,
    "socket": 41, "connect": 42, "accept": 43, "sendmsg": 46, "bind": 49, "listen": 50,
    "setsockopt": 54, "clone": 56, "semget": 64, "semop": 65, "semctl": 66, "shmdt": 67,
    "msgget": 68, "msgsnd": 69, "msgrcv": 70, "msgctl": 71, "fcntl": 72, "chmod": 90,
    "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94, "ptrace": 101, "syslog": 103,
    "setuid": 105, "setgid": 106, "setreuid": 113, "setregid": 114, "setgroups": 116,
    "setresuid": 117, "setresgid": 119, "getpgid": 121, "setfsuid": 122, "setfsgid": 123,
    "getsid": 124, "capset": 126, "rt_sigqueueinfo": 129, "mknod": 133, "uselib": 134,
    "personality": 135, "sysfs": 139, "getpriority": 140, "setpriority": 141,
    "sched_setparam": 142, "sched_getparam": 143, "sched_setscheduler": 144,
    "sched_getscheduler": 145, "vhangup": 153, "modify_ldt": 154, "pivot_root": 155,
    "prctl": 157, "arch_prctl": 158, "adjtimex": 159, "chroot": 161, "acct": 163,
    "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168,
    "reboot": 169, "sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173,
    "init_module": 175, "delete_module": 176, "quotactl": 179, "nfsservctl": 180,
    "setxattr": 188, "fsetxattr": 190, "getxattr": 191, "removexattr": 197, "tkill": 200,
    "sched_setaffinity": 203, "sched_getaffinity": 204, "set_thread_area": 205, "io_setup": 206,
    "io_submit": 209, "lookup_dcookie": 212, "timer_create": 222, "clock_settime": 227,
    "clock_gettime": 228, "tgkill": 234, "mbind": 237, "set_mempolicy": 238, "mq_open": 240,
    "mq_unlink": 241, "mq_timedsend": 242, "mq_timedreceive": 243, "mq_notify": 244,
    "mq_getsetattr": 245, "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250,
    "ioprio_set": 251, "ioprio_get": 252, "migrate_pages": 256, "openat": 257, "fchownat": 260,
    "linkat": 265, "fchmodat": 268, "unshare": 272, "get_robust_list": 274, "splice": 275,
    "tee": 276, "vmsplice": 278, "move_pages": 279, "utimensat": 280,
    "rt_tgsigqueueinfo": 297, "perf_event_open": 298, "fanotify_init": 300, "fanotify_mark": 301,
    "prlimit64": 302, "name_to_handle_at": 303, "open_by_handle_at": 304, "clock_adjtime": 305,
    "sendmmsg": 307, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311,
    "kcmp": 312, "finit_module": 313, "sched_setattr": 314, "sched_getattr": 315,
    "renameat2": 316, "seccomp": 317, "memfd_create": 319, "kexec_file_load": 320, "bpf": 321,
    "execveat": 322, "userfaultfd": 323, "pidfd_send_signal": 424, "io_uring_setup": 425,
    "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "pidfd_open": 434,
    "clone3": 435, "openat2": 437, "pidfd_getfd": 438, "process_madvise": 440,
    "mount_setattr": 442, "quotactl_fd": 443, "landlock_create_ruleset": 444,
    "landlock_restrict_self": 446, "memfd_secret": 447, "process_mrelease": 448,
    "set_mempolicy_home_node": 450, "cachestat": 451, "fchmodat2": 452, "map_shadow_stack": 453,
    "statmount": 457, "listmount": 458, "lsm_set_self_attr": 460, "setxattrat": 463,
    "open_tree_attr": 467, "file_setattr": 469,
}  # fmt: skip


def syscall(name, *arguments):
    """Makes a system call, given by name or number; returns "OK" or the name of the errno."""
    number = NUMBERS[name] if isinstance(name, str) else name
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) for a in arguments])
    if result >= 0:
        return "OK"
    return errno.errorcode.get(ctypes.get_errno(), "errno 0")


def attempt(function, *arguments, **keywords):
    """Calls the function; returns "OK", the name of the errno, or the name of the exception."""
    try:
        function(*arguments, **keywords)
    except OSError as error:
        return errno.errorcode.get(error.errno, type(error).__name__)
    except Exception as error:
        return type(error).__name__
    return "OK"


def in_child(function, *arguments):
    """Calls in a forked child, since it may be killed; returns the result or the signal's name."""
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


def refusals(function, cases):
    """Calls for each case, in children; returns the cases that were not refused, with answers."""
    refused = ("EPERM", "EACCES", "ENOSYS", "SIGSYS")
    answers = {str(case): in_child(function, *cases[case]) for case in cases}
    return [f"{case}: {answer}" for case, answer in answers.items() if answer not in refused]


def address(data):
    """Returns the address of a copy of some bytes, for a system call. The copy stays there."""
    _kept.append(ctypes.create_string_buffer(data, max(len(data), 1)))
    return ctypes.addressof(_kept[-1])


_kept = []


def machine_code(code):
    """Makes a function of machine code, e.g. to enter the kernel by other gates than libc's."""
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    function = ctypes.CFUNCTYPE(ctypes.c_long)(address)
    function.memory = memory
    return function


def elf(code):
    """Returns the smallest ELF program of some machine code, for a file."""
    size = 120 + len(code)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    header += struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, size, size, 4096)
    return header + code


def call_and_exit(number, one=2, two=1, three=0):
    """Returns machine code of exit(-syscall(number, ...))."""
    code = b"\xb8" + struct.pack("<I", number) + b"\xbf" + struct.pack("<I", one)
    code += b"\xbe" + struct.pack("<I", two) + b"\xba" + struct.pack("<I", three)
    return code + b"\x0f\x05\xf7\xd8\x89\xc7\xb8\x3c\x00\x00\x00\x0f\x05"


def run_program(program, *arguments):
    """Writes a program into the workspace and runs it; returns its exit code or signal name."""
    import subprocess

    with open("program", "wb") as file:
        file.write(program)
    os.chmod("program", 0o755)
    status = subprocess.run(["./program", *arguments]).returncode
    return signal.Signals(-status).name if status < 0 else status


def facts():
    """Returns the runner's knowledge of the host: pids, addresses, and paths as targets."""
    with open("facts.json") as file:
        return json.load(file)


def patience(seconds):
    """Returns how long an attack may try in vain; longer on a machine that is known to be slow."""
    return seconds * facts()["slowness"]


def is_masked(path):
    """Returns whether a path is masked by /dev/null, which takes writes and forgets them."""
    return os.stat(path).st_rdev == os.stat("/dev/null").st_rdev


def foreign():
    """Returns pids of others: the server, zygotes, supervisors, neighbour, pid 1, the parent."""
    return sorted({1, os.getppid(), *facts()["pids"]} - {0, os.getpid()})


def heir():
    """Returns true in the second run of an attack: in the next session with the same user id."""
    return facts().get("heir", False)


def varint(number):
    """Returns a number as protobuf writes it."""
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def field(number, value):
    """Returns a field of a protobuf message: an int, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value % (1 << 64))
    return varint(number << 3 | 2) + varint(len(value)) + value


def guest_frame(cell, *parts):
    """Returns a GuestFrame (proto/carrel/internal/frames.proto), ready for the frame socket."""
    return frame(field(1, cell) + b"".join(parts))


def frame(payload):
    """Returns a frame as the interpreter sends it: length, then the message."""
    return struct.pack("<I", len(payload)) + payload


RING_BYTES, RING_HEADER = 512 << 10, 128


RING_WAITS = 76


class TimeSpec(ctypes.Structure):
    _fields_ = (("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long))


class OutputRing:
    """The output ring, into which the interpreter prints (sandbox/ipc/output_ring.h)."""

    def __init__(self, begin):
        self.begin = begin
        self._head = ctypes.c_uint64.from_address(begin)
        self._tail = ctypes.c_uint64.from_address(begin + 64)
        self._waits = ctypes.c_uint32.from_address(begin + RING_WAITS)

    def write(self, offset, data):
        ctypes.memmove(self.begin + offset, data, len(data))

    def read(self, offset, size):
        return ctypes.string_at(self.begin + offset, size)

    def punch(self):
        """Gives the pages back to the kernel by MADV_REMOVE."""
        if libc.madvise(ctypes.c_void_p(self.begin), ctypes.c_size_t(RING_BYTES), 9) != 0:
            raise OSError(ctypes.get_errno(), "madvise")

    @property
    def head(self):
        return self._head.value

    @head.setter
    def head(self, position):
        self._head.value = position % 2**64

    @property
    def tail(self):
        return self._tail.value

    @tail.setter
    def tail(self, position):
        self._tail.value = position % 2**64

    def wait(self):
        """Sleeps like a writer that waits for room, until the host wakes it; at most a second."""
        self._waits.value = 1
        word = ctypes.c_void_p(self.begin + RING_WAITS)
        libc.syscall(202, word, 0, 1, ctypes.byref(TimeSpec(1, 0)), None, 0)

    def claim_to_wait(self):
        """Sets the flag of a waiting writer, and does not wait."""
        self._waits.value = 1


def output_ring():
    """Finds the ring among the mappings, when the host has read what was printed."""
    time.sleep(0.3)
    with open("/proc/self/maps") as maps:
        (line,) = (line for line in maps if "memfd:carrel-output" in line)
    begin, end = (int(x, 16) for x in line.split()[0].split("-"))
    assert end - begin == RING_BYTES and "rw-s" in line
    return OutputRing(begin)


def tell():
    """Makes the host poll the output ring."""
    os.write(3, frame(b"\x4a\x00"))


def report(observed, control, legacy=None):
    """Prints the observation; `control` must be true: the attack really ran.

    The heir finds `legacy` in its facts().
    """
    said = {"control": bool(control), "observed": observed, "legacy": legacy}
    # One write keeps the line in one piece: forged frames may reorder printed text.
    sys.stdout.write("\n" + json.dumps(said) + "\n")
    sys.stdout.flush()


def control(passed):
    """Prints, before an attack that ends the interpreter, that the attack really runs.

    It writes to the pipe, which the host reads at the end of every cell: a forged end does not
    affect what was printed before it.
    """
    said = {"control": bool(passed), "observed": None, "legacy": None}
    os.write(1, ("\n" + json.dumps(said) + "\n").encode())


__all__ = [name for name in dir() if not name.startswith("_")] + ["sys"]
