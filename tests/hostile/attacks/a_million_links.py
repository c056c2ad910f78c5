"""Fills the directory with links to one file, and with links to nowhere: they are names too.

attack: 34 30
guarantee: G7
limits: {"workspace_file_count": 500}
cause: FILE_COUNT_LIMIT
timeout: 30
next: any
"""

import time

from kit import *

control(True)
open("own", "w").close()
for number in range(2000):
    os.link("own", f"link{number}")
    os.symlink("nowhere", f"symlink{number}")
time.sleep(1000)
