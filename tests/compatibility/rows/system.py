"""Requests of a program to the system: signals, users, time, memory, C."""

from rows.row import NATIVE, Row

ROWS = (
    Row("SIGALRM handler", """
import signal, time
class TooLong(Exception): pass
def handler(number, frame): raise TooLong
signal.signal(signal.SIGALRM, handler); signal.alarm(1)
try: time.sleep(60)
except TooLong: print("stopped")
finally: signal.alarm(0)
""", "stopped"),
    Row("setitimer and SIGUSR1", """
import os, signal, time
seen = []
signal.signal(signal.SIGUSR1, lambda n, f: seen.append(signal.Signals(n).name))
signal.signal(signal.SIGALRM, lambda n, f: seen.append(signal.Signals(n).name))
os.kill(os.getpid(), signal.SIGUSR1); signal.setitimer(signal.ITIMER_REAL, 0.01)
while len(seen) < 2: time.sleep(0.01)
print(seen)
""", "['SIGUSR1', 'SIGALRM']"),
    Row("faulthandler and atexit", """
import atexit, faulthandler, sys
faulthandler.enable(); atexit.register(print, "never in a cell"); print(faulthandler.is_enabled())
""", "True"),
    Row("count of CPUs", """
import multiprocessing, os
n = os.cpu_count()
print(n == multiprocessing.cpu_count() == len(os.sched_getaffinity(0)) and n >= 1)
""", "True"),
    Row("user and home", """
import getpass, os, pathlib, pwd
print(getpass.getuser(), pwd.getpwuid(os.getuid()).pw_name, os.path.expanduser("~"),
      pathlib.Path.home(), os.environ["USER"], os.getgid() == os.getuid() != 0)
""", "carrel carrel /mnt/data /mnt/data carrel True"),
    Row("platform and uname", """
import os, platform, socket, sys
print(platform.system(), os.uname().nodename, socket.gethostname(), sys.platform,
      platform.freedesktop_os_release()["ID"], "Linux" in platform.platform())
""", "Linux carrel carrel linux debian True"),
    Row("memory and CPUs are the session's", """
import os, resource
total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
told = {int(open("/sys/fs/cgroup/memory.max").read()),
        int(open("/proc/meminfo").read().split()[1]) * 1024}
quota, period = open("/sys/fs/cgroup/cpu.max").read().split()
print(told == {total}, int(quota) // int(period) == os.cpu_count() == os.sysconf("SC_NPROCESSORS_ONLN"))
""", "True True"),
    Row("its own name has an address", """
import platform, socket
print(socket.gethostbyname(socket.gethostname()), socket.gethostbyname(platform.node()),
      socket.gethostbyname("localhost"))
""", "127.0.0.1 127.0.0.1 127.0.0.1"),
    Row("services by name", "import socket\nprint(socket.getservbyname('https', 'tcp'), socket.getservbyport(22))",
        "443 ssh", lanes=NATIVE),
    Row("locale and encodings", """
import locale, sys
print(locale.setlocale(locale.LC_ALL, ""), locale.getpreferredencoding(), sys.stdout.encoding.lower(),
      sys.getfilesystemencoding(), locale.format_string("%d", 1234567, grouping=True),
      locale.strxfrm("a") < locale.strxfrm("b"))
""", "C.UTF-8 UTF-8 utf-8 utf-8 1234567 True"),
    Row("time zones", """
from datetime import datetime, timezone
from zoneinfo import ZoneInfo, available_timezones
summer = datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
print(summer.utcoffset(), summer.astimezone(ZoneInfo("Asia/Kolkata")).isoformat(),
      len(available_timezones()) > 400, datetime.now().astimezone().tzname())
""", "2:00:00 2024-07-01T15:30:00+05:30 True UTC"),
    Row("change of TZ", """
import os, time
os.environ["TZ"] = "America/New_York"; time.tzset()
print(time.strftime("%H:%M %Z", time.localtime(0)))
""", "19:00 EST"),
    Row("dates", """
import calendar, datetime, time
print(datetime.datetime.strptime("2024-02-29", "%Y-%m-%d").strftime("%A %j"),
      calendar.monthrange(2024, 2), time.strftime("%B", time.gmtime(0)), time.monotonic() > 0)
""", "Thursday 060 (3, 29) January True"),
    Row("C functions by ctypes", """
import ctypes, ctypes.util
libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
libm = ctypes.CDLL("libm.so.6"); libm.cos.restype = ctypes.c_double; libm.cos.argtypes = [ctypes.c_double]
class Pair(ctypes.Structure): _fields_ = [("a", ctypes.c_int), ("b", ctypes.c_double)]
buffer = ctypes.create_string_buffer(16); libc.snprintf(buffer, 16, b"%d-%s", 42, b"x")
print(libc.strlen(b"abc"), libm.cos(0.0), buffer.value, ctypes.sizeof(Pair), libc.getpid() > 0)
""", "3 1.0 b'42-x' 16 True"),
    Row("C calls Python back", """
import ctypes
Compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
numbers = (ctypes.c_int * 4)(3, 1, 2, 0)
ctypes.CDLL(None).qsort(numbers, 4, ctypes.sizeof(ctypes.c_int), Compare(lambda a, b: a[0] - b[0]))
print(list(numbers))
""", "[0, 1, 2, 3]"),
    Row("C callbacks survive a fork", """
import ctypes, os
Function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
double = Function(lambda n: 2 * n)
pid = os.fork()
if pid == 0: os._exit(double(4))
print(double(1), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
""", "2 8"),
    Row("resource limits can be read and lowered", """
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
print(soft >= 256, resource.getrlimit(resource.RLIMIT_NOFILE)[0],
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0)
""", "True 100 True"),
    Row("/proc about itself", """
import os
print("VmRSS" in open("/proc/self/status").read(), len(os.listdir("/proc/self/fd")) > 2,
      "MemTotal" in open("/proc/meminfo").read(), "processor" in open("/proc/cpuinfo").read())
""", "True True True True"),
    Row("too much memory is a MemoryError", "try: x = bytearray(64 << 30)\n"
        "except MemoryError: print('MemoryError')", "MemoryError"),
    Row("entropy", """
import os, ssl
print(len(os.urandom(8)), len(os.getrandom(4)), len(open("/dev/urandom", "rb").read(3)), ssl.RAND_status())
""", "8 4 3 True"),
    Row("system tools", """
!date +%Z; whoami; hostname; nproc >/dev/null; free >/dev/null
""", "UTC\ncarrel\ncarrel"),
    Row("ps and df", "!df . >/dev/null; ps aux | head -1",
        check=lambda r: r.stdout.startswith("USER "), lanes=NATIVE),
)  # fmt: skip
