"""Runs programs without any environment, so that no interposed library is under them.

attack: 13 35
guarantee: G2 G4 G5 G6
observed: {"uid": "own", "ptrace": 1, "mount": "SIGSYS", "socket": 13, "written": []}
"""

import subprocess

from kit import *

for name in list(os.environ):
    del os.environ[name]
done = subprocess.run(["/usr/bin/id", "-u"], env={}, capture_output=True, text=True)
written = [
    path
    for path in ("/etc", "/usr", facts()["data_directory"], os.path.dirname(facts()["victim"]))
    if subprocess.run(
        ["/usr/bin/touch", f"{path}/carrel-test-must-not-exist"], env={}, stderr=-3
    ).returncode
    == 0
]
report(
    {
        "uid": "own" if done.stdout.strip() == str(os.getuid()) else "another",
        "ptrace": run_program(elf(call_and_exit(NUMBERS["ptrace"], 0, 0))),
        "mount": run_program(elf(call_and_exit(NUMBERS["mount"], 0, 0))),
        "socket": run_program(elf(call_and_exit(NUMBERS["socket"]))),
        "written": written,
    },
    subprocess.run(["/usr/bin/touch", "own"], env={}).returncode == 0,
)
