"""Tries what a guest may and may not do; runs in a real session at boot.

Prints one line per observation, fields separated by tabs: CONTROL name ok detail, or HOLDER
guarantee mechanism ok detail. Each mechanism is observed alone where that is possible: by an error
that only it gives, or at a place that only it guards.
"""

import _posixshmem
import ctypes
import errno
import mmap
import os
import resource
import signal
import socket
import subprocess
import threading

ARGUMENTS = dict(item.split("=", 1) for item in os.environ["CARREL_SELF_TEST"].split("|"))
NATIVE = ARGUMENTS["lane"] == "native"
OWN_USER = ARGUMENTS["lane"] != "restricted"
SERVER = int(ARGUMENTS["server"])
libc = ctypes.CDLL(None, use_errno=True)


def say(*fields):
    print("\t".join(str(field).replace("\t", " ").replace("\n", " ") for field in fields))


def control(name, action):
    try:
        detail = action()
        say("CONTROL", name, 1, detail)
    except BaseException as error:
        say("CONTROL", name, 0, repr(error))


def refused(action, *wanted):
    """Returns (True, evidence) if the action fails with one of the errors."""
    try:
        action()
    except OSError as error:
        return (
            error.errno in wanted,
            f"{action.__doc__ or 'refused'}: {errno.errorcode[error.errno]}",
        )
    return False, f"{action.__doc__ or 'action'}: NOT refused"


def holder(guarantee, mechanism, *observations):
    ok = all(seen for seen, _ in observations)
    say("HOLDER", guarantee, mechanism, int(ok), "; ".join(text for _, text in observations))


def doc(text, function):
    function = (lambda f: lambda: f())(function)
    function.__doc__ = text
    return function


def raw(number, *arguments):
    ctypes.set_errno(0)
    if libc.syscall(number, *arguments) == -1:
        raise OSError(ctypes.get_errno(), "syscall")


def write_file(path, size=1):
    with open(path, "wb") as file:
        file.write(b"x" * size)
    os.unlink(path)
    return path


def status_field(name):
    for line in open("/proc/self/status"):
        if line.startswith(name + ":"):
            return line.split(":")[1].strip()
    return "missing"


def killed_by(action):
    """Returns the signal that kills a child that does the action; 0 if none."""
    pid = os.fork()
    if pid == 0:
        try:
            action()
        finally:
            os._exit(0)
    return os.waitpid(pid, 0)[1] & 0x7F


def threads_until_refused(limit):
    stop, started = threading.Event(), []
    try:
        for _ in range(limit + 1):
            thread = threading.Thread(target=stop.wait, daemon=True)
            thread.start()
            started.append(thread)
    except RuntimeError:
        # A much earlier refusal would come from another limit.
        return len(started) >= limit - 2, f"thread {len(started) + 1} of {limit} refused"
    finally:
        stop.set()
        for thread in started:
            thread.join()
    return False, f"{limit + 1} threads NOT refused"


def files_until_refused(limit):
    files = []
    try:
        for _ in range(limit + 1):
            files.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error:
        return error.errno == errno.EMFILE, f"file {len(files) + 1} refused"
    finally:
        for fd in files:
            os.close(fd)
    return False, f"{limit + 1} files NOT refused"


def memory_refused(size):
    # The memory is allocated and not touched: without the limit no process is killed for it.
    libc.malloc.restype = ctypes.c_void_p
    memory = libc.malloc(ctypes.c_size_t(size))
    if memory is None:
        return True, f"{size >> 20} MiB refused"
    libc.free(ctypes.c_void_p(memory))
    return False, f"{size >> 20} MiB NOT refused"


def lock_memory(size):
    memory = mmap.mmap(-1, size)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    raw(149, ctypes.c_void_p(address), ctypes.c_size_t(size))


def limits_in_force(**wanted):
    """Checks that soft and hard limits are as required, or less if the machine allows less."""
    loose = []
    for name, most in wanted.items():
        soft, hard = resource.getrlimit(getattr(resource, "RLIMIT_" + name))
        # The value -1 means no limit.
        if soft != hard or not 0 <= hard <= most:
            loose.append(f"{name} {soft}:{hard}")
    return not loose, f"{len(wanted)} limits in force" if not loose else f"loose: {loose}"


def fill_tmp(size):
    try:
        with open("/tmp/fill", "wb") as file:
            for _ in range(size >> 16):
                file.write(bytes(1 << 16))
    finally:
        os.unlink("/tmp/fill")


def long_file(size):
    with open("/mnt/data/long", "wb") as file:
        try:
            os.ftruncate(file.fileno(), size)
        finally:
            os.unlink("/mnt/data/long")


def shared_memory(name):
    fd = _posixshmem.shm_open("/" + name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
    try:
        os.ftruncate(fd, 4096)
        mmap.mmap(fd, 4096).close()
    finally:
        os.close(fd)
        _posixshmem.shm_unlink("/" + name)
    return name


def from_subprocess(path):
    if subprocess.run(["sh", "-c", f"echo x > {path}"], check=False).returncode:
        raise OSError(f"a subprocess cannot write {path}")
    os.unlink(path)
    return path


# The positive controls: a guest must be able to do these.
control("read the image", lambda: open("/usr/lib/os-release").readline().strip())
control("write /mnt/data", lambda: write_file("/mnt/data/control"))
control("write /tmp", lambda: write_file("/tmp/control"))
control("use POSIX shared memory", lambda: len(shared_memory("control")))
control("a socket pair", lambda: len(socket.socketpair()))
control("write /mnt/data in a subprocess", lambda: from_subprocess("/mnt/data/control"))
control("write /tmp in a subprocess", lambda: from_subprocess("/tmp/control"))
control("be in /mnt/data", lambda: {"/mnt/data": "there"}[os.getcwd()])
control("a subprocess", lambda: os.waitstatus_to_exitcode(os.system("exit 3")))
control("a signal to a child", lambda: killed_by(lambda: os.kill(os.getpid(), signal.SIGTERM)))
control("fork", lambda: killed_by(lambda: None))

# G1, G2
if not NATIVE:
    # Its mode bits let every user read it; only Landlock prevents it.
    holder(
        "G1",
        "Landlock",
        (os.stat(ARGUMENTS["canary"]).st_mode & 0o444 == 0o444, "mode bits allow"),
        refused(doc("open a file of the server", lambda: open(ARGUMENTS["canary"])), errno.EACCES),
        refused(doc("list /", lambda: os.listdir("/")), errno.EACCES),
    )
    outside = os.path.dirname(os.path.realpath("/tmp"))
    holder(
        "G2",
        "Landlock",
        (os.stat(outside).st_uid == os.getuid(), "own folder"),
        refused(doc("mkdir in it without a rule", lambda: os.mkdir(outside + "/x")), errno.EACCES),
    )
    invisible = [
        refused(doc("list /proc", lambda: os.listdir("/proc")), errno.EACCES),
        refused(
            doc("read the server's status", lambda: open(f"/proc/{SERVER}/status")), errno.EACCES
        ),
        refused(doc("signal the server", lambda: os.kill(SERVER, signal.SIGCONT)), errno.EPERM),
        refused(doc("signal its supervisor", lambda: os.kill(os.getppid(), 0)), errno.EPERM),
        # The new priority is the old one: without a rule, nothing would change.
        refused(
            doc(
                "set its supervisor's priority",
                lambda: os.setpriority(
                    os.PRIO_PROCESS, os.getppid(), os.getpriority(os.PRIO_PROCESS, os.getppid())
                ),
            ),
            errno.EPERM,
        ),
        refused(
            doc("read the server's limits", lambda: resource.prlimit(SERVER, resource.RLIMIT_CPU)),
            errno.EPERM,
        ),
    ]
    if OWN_USER:
        holder(
            "G3",
            "own user id, Landlock",
            (os.getuid() != int(ARGUMENTS["server_uid"]), f"uid {os.getuid()}"),
            *invisible,
        )
    else:
        # The mode bits and the user id allow it: the scopes alone refuse the signal.
        holder(
            "G3",
            "Landlock scopes",
            (os.getuid() == int(ARGUMENTS["server_uid"]), "the server's user id"),
            *invisible,
            refused(
                doc("change a mode by path", lambda: raw(90, ARGUMENTS["canary"].encode(), 0o600)),
                errno.EPERM,
            ),
        )

if NATIVE:
    holder(
        "G1",
        "mount namespace",
        refused(
            doc("stat a file of the host", lambda: os.stat(ARGUMENTS["canary"])),
            errno.ENOENT,
        ),
        # The zygote has the sessions' directories here (child/zygote/image_root.h).
        refused(
            doc(
                "stat it with the zygote's name",
                lambda: os.stat("/.host/" + os.path.basename(ARGUMENTS["canary"])),
            ),
            errno.ENOENT,
        ),
    )
    holder(
        "G1",
        "Landlock",
        (os.stat("/run/witness").st_mode & 0o444 == 0o444, "mode bits allow"),
        refused(doc("open a file without a rule", lambda: open("/run/witness")), errno.EACCES),
    )
    holder(
        "G2",
        "read-only mounts",
        refused(doc("mkdir /usr/x", lambda: os.mkdir("/usr/x")), errno.EROFS),
        refused(doc("mkdir /opt/carrel/env/x", lambda: os.mkdir("/opt/carrel/env/x")), errno.EROFS),
        refused(doc("mkdir /run/empty/x", lambda: os.mkdir("/run/empty/x")), errno.EROFS),
    )
    holder(
        "G2",
        "Landlock",
        (os.stat("/run/session/witness").st_uid == os.getuid(), "own folder"),
        refused(
            doc("mkdir without a rule", lambda: os.mkdir("/run/session/witness/x")),
            errno.EACCES,
        ),
    )

    # G3
    visible = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    holder(
        "G3",
        "pid namespace",
        (os.readlink("/proc/self/ns/pid") != ARGUMENTS["pid_namespace"], "not the host's"),
        (set(visible) <= {os.getpid()}, f"sees {len(visible)} process"),
    )
    holder(
        "G3",
        "own user id",
        (os.getuid() == int(ARGUMENTS["uid"]), f"uid {os.getuid()}"),
        refused(doc("signal of another user", lambda: os.kill(1, signal.SIGCONT)), errno.EPERM),
    )

# G4
FAMILIES = {
    "AF_UNIX": 1,
    "AF_INET": 2,
    "AF_INET6": 10,
    "AF_NETLINK": 16,
    "AF_PACKET": 17,
    "AF_ALG": 38,
    "AF_VSOCK": 40,
}
holder(
    "G4",
    "seccomp",
    *[
        refused(
            doc(name, lambda number=number: socket.socket(number, socket.SOCK_STREAM)),
            errno.EACCES,
            *(() if NATIVE else (errno.EPERM,)),  # a container runtime's own filter
        )
        for name, number in FAMILIES.items()
    ],
)
if NATIVE:
    interfaces = [line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line]
    holder(
        "G4",
        "network namespace",
        (os.readlink("/proc/self/ns/net") != ARGUMENTS["net_namespace"], "not the host's"),
        (interfaces == ["lo"], f"interfaces {interfaces}"),
    )

# G5
capabilities = [status_field(name) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")]
holder(
    "G5",
    "no capabilities",
    (all(int(value, 16) == 0 for value in capabilities), "all five sets empty"),
)
holder("G5", "no_new_privs", (status_field("NoNewPrivs") == "1", "set"))
holder(
    "G5",
    "own user id" if OWN_USER else "an ordinary user",
    (set(os.getresuid()) == {int(ARGUMENTS["uid"])}, f"uid {os.getuid()}"),
    refused(doc("setuid(0)", lambda: os.setuid(0)), errno.EPERM),
)
if NATIVE:
    mounts = [line.split() for line in open("/proc/self/mounts")]
    holder(
        "G5",
        "nosuid mounts",
        (all("nosuid" in fields[3].split(",") for fields in mounts), f"{len(mounts)} mounts"),
    )

# G6 (numbers of x86-64)
holder(
    "G6",
    "seccomp",
    (status_field("Seccomp") == "2", "filter in force"),
    refused(doc("keyctl", lambda: raw(250, 0, 0, 0, 0, 0)), errno.EPERM),
    refused(doc("io_uring_setup", lambda: raw(425, 1, 0)), errno.ENOSYS),
    refused(doc("unshare(CLONE_NEWUSER)", lambda: raw(272, 0x10000000)), errno.EPERM),
    # PTRACE_SEIZE of no process: if it is not refused, it does nothing, and fails with ESRCH.
    refused(doc("ptrace", lambda: raw(101, 0x4206, -1, 0, 0)), errno.EPERM),
    (killed_by(lambda: raw(321, -1, 0, 0)) == signal.SIGSYS, "bpf: SIGSYS"),
)

# G7
limit = {
    name: int(ARGUMENTS[name])
    for name in ("memory", "processes", "files", "temporary", "file_bytes")
}
holder(
    "G7",
    "rlimits",
    memory_refused(2 * limit["memory"]),
    threads_until_refused(limit["processes"]),
    files_until_refused(limit["files"]),
    refused(doc("a file over the limit", lambda: long_file(limit["file_bytes"] + 1)), errno.EFBIG),
    refused(doc("lock 128 KiB", lambda: lock_memory(128 << 10)), errno.ENOMEM, errno.EPERM),
    limits_in_force(
        CORE=1,
        FSIZE=limit["file_bytes"],
        MEMLOCK=64 << 10,
        MSGQUEUE=0,
        NICE=0,
        NOFILE=limit["files"],
        RTPRIO=0,
        SIGPENDING=1024,
        STACK=8 << 20,
    ),
)
if NATIVE:
    holder(
        "G7",
        "bounded tmpfs",
        (os.statvfs("/tmp").f_files <= 1 << 16, f"{os.statvfs('/tmp').f_files} inodes"),
        refused(doc("fill /tmp", lambda: fill_tmp(limit["temporary"] + (1 << 20))), errno.ENOSPC),
    )

# G9
if NATIVE:
    ipc = os.readlink("/proc/self/ns/ipc")
    holder("G9", "IPC namespace", (ipc != ARGUMENTS["ipc_namespace"], "not the host's"))

# The next session must not see these files (G9), and they must not survive (G8).
for folder in ("/tmp", "/dev/shm", "/mnt/data") if NATIVE else ("/tmp", "/mnt/data"):
    with open(folder + "/neighbour", "w") as file:
        file.write("secret")
