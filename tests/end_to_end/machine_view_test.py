"""A session's view of the machine: its own memory and CPUs, and a neutral host name."""

from __future__ import annotations

import ast

import pytest
from carrel import Limits
from lanes.lane import LANE
from support import run

MIB = 1 << 20
LIMITS = Limits(memory_bytes=768 * MIB, cpu_count=1, process_count=60)


@pytest.fixture
def narrow(client):
    """A session with less memory and fewer CPUs than the machine has."""
    with client.create_session("minimal", limits=LIMITS) as opened:
        yield opened


@pytest.fixture
def narrow_science(client):
    with client.create_session("data-science", limits=LIMITS) as opened:
        yield opened


def answer(session, code):
    """Runs a cell that prints a literal, and returns its value."""
    result = run(session, code)
    assert result.stderr == ""
    return ast.literal_eval(result.stdout)


def test_python_asks_for_the_memory_and_cpus_of_the_session(narrow):
    code = """
import os
pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
print([pages * size, os.sysconf("SC_NPROCESSORS_ONLN"), os.sysconf("SC_NPROCESSORS_CONF"),
       os.cpu_count(), os.sysconf(os.sysconf_names["SC_PHYS_PAGES"]) == pages,
       os.sysconf("SC_OPEN_MAX") > 0])
"""
    assert answer(narrow, code) == [768 * MIB, 1, 1, 1, True, True]


def test_sysconf_says_what_it_does_not_know_as_python_does(narrow):
    assert answer(narrow, "import os\ntry: os.sysconf('SC_NONE')\nexcept ValueError: print(1)") == 1


def test_files_of_the_machine_tell_of_the_session(narrow):
    code = """
def read(path):
    with open(path) as file:
        return file.read().strip()
group = [line[3:] for line in open("/proc/self/cgroup") if line.startswith("0::")]
cgroup = "/sys/fs/cgroup" + (group[0].strip() if group else "/")
print([[read(f"{cgroup}/{name}") for name in ("memory.max", "cpu.max", "memory.swap.max")],
       read("/proc/meminfo").split()[:3]])
"""
    memory = str(768 * MIB)
    assert answer(narrow, code) == [
        [memory, "100000 100000", "0"],
        ["MemTotal:", str(768 * 1024), "kB"],
    ]


def test_lists_of_cpus_are_those_it_may_use(narrow):
    code = """
import os
(cpu,) = os.sched_getaffinity(0)
lists = [open(f"/sys/devices/system/cpu/{name}").read().strip()
         for name in ("online", "possible", "present")]
topology = f"/sys/devices/system/cpu/cpu{cpu}/topology/"
print([lists == [str(cpu)] * 3, int(open(topology + "core_id").read()) >= 0,
       len(open(topology + "thread_siblings").read()) > 0])
"""
    assert answer(narrow, code) == [True, True, True]


def test_programs_count_its_cpus(narrow):
    assert run(narrow, "!nproc; getconf _NPROCESSORS_ONLN").stdout.split() == ["1", "1"]
    assert run(narrow, "!free -b | awk '/^Mem/ {print $2}'").stdout.split() == [str(768 * MIB)]


def test_more_cpus_are_a_range(client):
    """The file has the kernel's format."""
    code = """
import os
cpus = set()
for part in open("/sys/devices/system/cpu/online").read().strip().split(","):
    first, _, last = part.partition("-")
    cpus |= set(range(int(first), int(last or first) + 1))
print([cpus == os.sched_getaffinity(0), os.cpu_count() == len(cpus)])
"""
    with client.create_session("minimal", limits=Limits(cpu_count=2)) as session:
        assert answer(session, code) == [True, True]


def test_duckdb_plans_with_the_memory_of_the_session(narrow_science):
    code = """
import duckdb
names = ("memory_limit", "threads")
print([duckdb.execute(f"select current_setting('{name}')").fetchall()[0][0] for name in names])
"""
    limit, threads = answer(narrow_science, code)
    number, unit = limit.split()
    assert unit == "MiB"
    # Half of the memory that the process may still allocate
    # (images/data-science/site/carrel_duckdb.py).
    assert 0.4 * 768 <= float(number) <= 0.5 * 768
    assert int(threads) == 1


def test_psutil_and_joblib_see_the_session(narrow_science):
    code = """
import joblib, psutil
print([psutil.virtual_memory().total, psutil.cpu_count(), joblib.cpu_count(),
       joblib.cpu_count(only_physical_cores=True), psutil.swap_memory().total])
"""
    assert answer(narrow_science, code) == [768 * MIB, 1, 1, 1, 0]


@pytest.mark.parametrize("image", ["minimal", "data-science"])
def test_the_machines_name_is_nowhere(client, image):
    code = """
import os, platform, socket, subprocess
print([platform.node(), platform.uname().node, os.uname().nodename, socket.gethostname(),
       subprocess.run(["hostname"], capture_output=True, text=True).stdout.strip()])
"""
    with client.create_session(image) as session:
        assert answer(session, code) == ["carrel"] * 5


@pytest.mark.parametrize("name", ["socket.gethostname()", "'localhost'"])
def test_its_own_name_has_an_address(narrow, name):
    code = f"import socket\nprint([socket.gethostbyname({name}), socket.getfqdn() != ''])"
    assert answer(narrow, code) == ["127.0.0.1", True]


@pytest.mark.skipif(LANE != "native", reason="the container's own /etc is its maker's")
def test_programs_of_the_image_find_their_settings(narrow):
    """A session's /etc has only files of Debian's packages, and nothing of this machine."""
    code = """
import os, socket
print([sorted(set(os.listdir("/etc")) & {"shadow", "machine-id", "ssh", "gitconfig", "environment",
       "fstab", "resolv.conf", "hostname", "cron.d", "sudoers", "apt", "passwd-", "wgetrc"}),
       open("/etc/hostname").read(), os.path.exists("/etc/services") or "no package of it"])
"""
    assert answer(narrow, code) == [["hostname"], "carrel\n", True]
