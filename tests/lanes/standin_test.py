"""The stand-in is as tight as Docker: carreld's view from inside in each isolation mode.

All tests run in the stand-in, by programs that end at once.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import pytest
from carrel.testing import LocalServerError
from lanes import bubblewrap, engine, lane, seccomp_profile
from lanes.lane_server import LaneServer

WHY_NOT = bubblewrap.why_not()
pytestmark = [
    pytest.mark.lanes("container", "restricted"),
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT),
    pytest.mark.skipif(
        engine.name() != "bubblewrap",
        reason="a real engine runs the containers",
    ),
]

# Evaluates an expression and prints it as JSON. Call numbers are x86-64's.
PROBE = """
import ctypes, errno, json, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(*words):
    words = [w.encode() if isinstance(w, str) else w for w in words]
    ctypes.set_errno(0)
    result = libc.syscall(*[ctypes.c_long(w) if isinstance(w, int) else w for w in words])
    return "OK" if result >= 0 else errno.errorcode[ctypes.get_errno()]
def attempt(function, *arguments):
    try: function(*arguments)
    except OSError as error: return errno.errorcode[error.errno]
    return "OK"
print(json.dumps(eval(sys.argv[1])))
"""

DOCKERS_14 = 0xA80425FB
NEW_USER, NEW_MOUNT, NEW_PID = 0x10000000, 0x00020000, 0x20000000


@pytest.fixture
def folder():
    made = tempfile.mkdtemp(prefix="standin-", dir=lane.SCRATCH)
    Path(made).chmod(0o711)
    lane.hand_over([Path(made)], lane.LANE)
    yield Path(made)
    Path(made).rmdir()


def inside(*inner: str, folders: list[Path] | None = None) -> subprocess.CompletedProcess[str]:
    with bubblewrap.command(lane.LANE, inner, folders or []) as (command, descriptors):
        return subprocess.run(
            command, pass_fds=descriptors, capture_output=True, text=True, timeout=60, check=False
        )


def probe(expression: str):
    done = inside("/usr/bin/python3.11", "-I", "-c", PROBE, expression)
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def status_of(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines())
    return {key: rest.strip() for key, _, rest in pairs}


def test_process_is_what_docker_makes_of_it():
    done = inside("/bin/cat", "/proc/self/status")
    status = status_of(done.stdout)
    restricted = lane.LANE == "restricted"
    identity = "10001" if restricted else "0"
    capabilities = f"{0 if restricted else DOCKERS_14:016x}"
    assert status["Uid"].split() == status["Gid"].split() == [identity] * 4
    assert status["Groups"] == ""
    assert status["CapBnd"] == status["CapPrm"] == status["CapEff"] == capabilities
    assert status["CapInh"] == status["CapAmb"] == f"{0:016x}"
    # Docker's value is 0 in container mode; bubblewrap always sets 1.
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert status["Seccomp_filters"] == "1"
    assert status["Pid"] == "1"


def test_limits_are_those_of_the_lanes():
    limits = probe("[__import__('resource').getrlimit(n) for n in (7, 6)]")
    assert limits == [[lane.OPEN_FILES] * 2, [lane.PROCESSES] * 2]


REFUSED = {
    "mount": 'call(165, "none", "/mnt", "tmpfs", 0, 0)',
    "umount2": 'call(166, "/proc", 2)',
    "pivot_root": 'call(155, "/", "/")',
    "open_tree": 'call(428, -100, "/", 1)',
    "move_mount": 'call(429, -100, "/mnt", -100, "/home", 0)',
    "fsopen": 'call(430, "tmpfs", 0)',
    "mount_setattr": 'call(442, -100, "/", 0, 0, 0)',
    "unshare user": f"call(272, {NEW_USER})",
    "unshare mount": f"call(272, {NEW_MOUNT})",
    "unshare pid": f"call(272, {NEW_PID})",
    "clone user": f"call(56, {NEW_USER} | 17, 0, 0, 0, 0)",
    "clone pid": f"call(56, {NEW_PID} | 17, 0, 0, 0, 0)",
    "setns": 'call(308, os.open("/proc/self/ns/mnt", 0), 0)',
    "bpf": "call(321, 0, 0, 0)",
    "perf_event_open": "call(298, 0, 0, -1, -1, 0)",
    "keyctl": "call(250, 0, -3, 0)",
    "add_key": 'call(248, "user", "x", "y", 1, -3)',
    "userfaultfd": "call(323, 1)",
    "init_module": 'call(175, 0, 0, "")',
    "sethostname": 'call(170, "x", 1)',
    "swapon": 'call(167, "/none", 0)',
    "io_uring_setup": "call(425, 1, 0)",
    "AF_VSOCK": "call(41, 40, 1, 0)",
    "an odd personality": "call(135, 0x0040000)",
}


@pytest.mark.parametrize("expression", REFUSED.values(), ids=REFUSED)
def test_profile_refuses(expression):
    assert probe(expression) == "EPERM"


def test_clone3_and_calls_newer_than_the_profile_do_not_exist():
    assert probe("[call(435, 0, 0), call(500), call(1000)]") == ["ENOSYS"] * 3


def test_chroot_goes_with_its_capability():
    assert probe('call(161, "/")') == ("OK" if lane.LANE == "container" else "EPERM")


ALLOWED = {
    "fork": "os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]) if (p := os.fork()) else os._exit(0)",
    "landlock_create_ruleset": 'call(444, 0, 0, 1)',
    "seccomp": 'call(317, 2, 0, (ctypes.c_uint * 1)(0x7fff0000))',
    "AF_UNIX": "call(41, 1, 1, 0)",
    "pidfd_open": "call(434, 1, 0)",
    "personality query": "call(135, 0xffffffff)",
}  # fmt: skip


@pytest.mark.parametrize("expression", ALLOWED.values(), ids=ALLOWED)
def test_profile_allows(expression):
    assert probe(expression) in ("OK", 0)


def test_32_bit_and_x32_calls_are_filtered_too():
    program = seccomp_profile.compile_profile(seccomp_profile.DOCKER_DEFAULT, ())
    assert len(program) % 8 == 0
    assert len(program) // 8 < 4096, "more than the kernel takes"
    assert probe(f"call({0x40000000 | 165}, 0, 0, 0, 0, 0)") == "EPERM"


def test_capabilities_choose_the_rules():
    profile = seccomp_profile.DOCKER_DEFAULT
    restricted = seccomp_profile.compile_profile(profile, ())
    container = seccomp_profile.compile_profile(profile, lane.CAPABILITIES)
    powerful = seccomp_profile.compile_profile(profile, ["CAP_SYS_ADMIN"])
    assert len({restricted, container, powerful}) == 3


def test_unknown_parts_of_a_profile_are_refused(tmp_path):
    profile = json.loads(seccomp_profile.DOCKER_DEFAULT.read_text())
    profile["syscalls"][0]["includes"] = {"moon": "full"}
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(profile))
    with pytest.raises(ValueError, match="moon"):
        seccomp_profile.compile_profile(path, ())


PLACES = ("/", "/usr", "/etc", "/opt/carrel/images", "/root", "/var/lib/carrel", "/proc", "/sys")


def test_root_is_read_only_but_for_what_is_shared(folder):
    tried = (
        "import json, os, sys\nfound = {}\n"
        "for place in sys.argv[1:]:\n"
        "    try: os.mkdir(f'{place}/made'); os.rmdir(f'{place}/made'); found[place] = 'OK'\n"
        "    except OSError as error: found[place] = os.strerror(error.errno)\n"
        "print(json.dumps(found))"
    )
    done = inside("/usr/bin/python3.11", "-I", "-c", tried, *PLACES, str(folder), folders=[folder])
    found = json.loads(done.stdout)
    assert found.pop(str(folder)) == "OK"
    refused = {"Read-only file system", "Permission denied", "No such file or directory"}
    assert found.keys() == set(PLACES)
    assert set(found.values()) <= refused, found


def test_masked_paths_show_nothing_and_the_rest_cannot_be_written():
    files = [path for path in bubblewrap.MASKED_FILES if Path(path).exists()]
    folders = [path for path in bubblewrap.MASKED_FOLDERS if Path(path).exists()]
    assert files
    expression = f"[open(path).read() for path in {files}] + [os.listdir(p) for p in {folders}]"
    assert not any(probe(expression))
    write = "attempt(os.open, '/proc/sys/kernel/hostname', os.O_WRONLY)"
    assert probe(write) in ("EROFS", "EACCES")


def test_devices_are_few_and_not_the_hosts():
    expression = "{n: os.stat('/dev/' + n).st_dev for n in os.listdir('/dev') if n != 'core'}"
    devices = probe(expression)
    nodes = lane.device_nodes()
    others = {"fd", "full", "mqueue", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout"}
    assert devices.keys() <= others | nodes.keys()
    for name in nodes:
        assert devices[name] == nodes[name].stat().st_dev
        assert devices[name] != Path(f"/dev/{name}").stat().st_dev, "chmod would reach the host's"


def test_namespaces_are_its_own():
    kinds = ("ipc", "mnt", "net", "pid", "uts", "cgroup")
    links = probe(f"{{kind: os.readlink('/proc/self/ns/' + kind) for kind in {kinds}}}")
    for kind in kinds:
        assert links[kind] != str(Path(f"/proc/self/ns/{kind}").readlink()), kind


def test_image_has_no_compiler_and_nothing_setuid():
    expression = (
        "[os.path.join(f, n) for top in ('/usr', '/opt', '/etc', '/var')"
        " for f, _, ns in os.walk(top) for n in ns"
        " if os.lstat(os.path.join(f, n)).st_mode & 0o6000]"
    )
    assert probe(expression) == []
    compilers = "('cc', 'gcc', 'c++', 'as', 'ld')"
    assert probe(f"[n for n in {compilers} if os.path.exists('/usr/bin/' + n)]") == []


def test_links_and_accounts_are_the_images():
    links = {"/mnt/data": "/proc/self/fd/100", "/tmp": "/proc/self/fd/101", "/var/tmp": "/tmp"}
    assert probe(f"{{path: os.readlink(path) for path in {list(links)}}}") == links
    assert probe("__import__('pwd').getpwuid(10001)[0]") == "carrel"
    assert probe("os.stat('/var/lib/carrel').st_uid") == 10001


def test_environments_scripts_find_themselves():
    names = [Path(path).name for path in lane.REPOSITORY.glob("images/*/image.textproto")]
    assert names
    for name in lane.REPOSITORY.glob("images/*/image.textproto"):
        _, environment = lane.in_image(name.parent.name)
        done = inside(f"{environment}/bin/ipython", "--version")
        assert done.returncode == 0, done
        scripts = lane.STATE / "images" / name.parent.name / "bin"
        for script in scripts.iterdir():
            first = script.read_bytes().partition(b"\n")[0]
            assert not (first.startswith(b"#!") and b"python" in first), script


def test_folders_of_the_host_are_refused(folder):
    for path in (Path("/"), Path("/etc"), lane.STATE, lane.SCRATCH, folder / "..", Path("/tmp")):
        with pytest.raises(ValueError, match="not below"):
            lane.checked([folder, path])


def test_server_that_cannot_start_is_quoted_and_gone():
    server = LaneServer(images=["minimal"], listen=["0.0.0.0:1"])
    with pytest.raises(LocalServerError, match=r"carreld: .*0\.0\.0\.0"), server:
        pass
    assert not server.log_path.parent.exists()


def test_killed_container_leaves_no_process(folder):
    program = "import os, time\nos.fork()\nos.fork()\nprint('ready', flush=True)\ntime.sleep(1000)"
    with tempfile.TemporaryFile(dir=lane.SCRATCH) as log:
        contained = bubblewrap.Contained(
            lane.LANE, ["/usr/bin/python3.11", "-c", program], [folder], log, log
        )
        pid = contained.pid
        assert pid is not None
        namespace = Path(f"/proc/{pid}/ns/pid").readlink()
        assert namespace != Path("/proc/self/ns/pid").readlink()
        contained.end()
    left = []
    for path in Path("/proc").glob("[0-9]*/ns/pid"):
        try:
            left += [path] if path.readlink() == namespace else []
        except OSError:
            continue
    assert left == []
