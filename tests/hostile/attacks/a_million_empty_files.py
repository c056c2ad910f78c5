"""Makes empty files without end: names and inodes cost the disk too.

attack: 34
guarantee: G7
limits: {"workspace_file_count": 500}
cause: FILE_COUNT_LIMIT
timeout: 30
next: any
calls: {"list": "OK"}
"""

import time

from kit import *

control(True)
for number in range(3000):
    os.close(os.open(f"empty{number}", os.O_CREAT))
for number in range(200):
    os.makedirs(f"folder{number}/folder")
time.sleep(1000)
