"""Computes in a program that may be executed but not read: the kernel drops what would count it.

attack: 46
guarantee: G7
limits: {"execution_cpu_time": 2}
cause: CPU_TIME_LIMIT MEMORY_LIMIT
next: any
"""

import shutil
import subprocess

from kit import *

shutil.copy(os.path.realpath(sys.executable), "hidden")
os.chmod("hidden", 0o111)
burn = "import time\nwhile time.process_time() < 30: pass"
child = subprocess.Popen(["./hidden", "-S", "-c", burn])
control(child.poll() is None)
os.unlink("hidden")  # The runner would take text in it for data of the host.
child.wait()
