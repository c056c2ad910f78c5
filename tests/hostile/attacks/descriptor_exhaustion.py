"""Opens descriptors until it cannot: files, pipes, event and timer descriptors.

attack: 47
guarantee: G7
observed: {"stopped by": "EMFILE", "within the limit": true}
"""

from kit import *

opened, stopped_by = [], "nothing"
try:
    for _ in range(100_000):
        opened += os.pipe()
except OSError as error:
    stopped_by = errno.errorcode[error.errno]
count = len(opened)
for descriptor in opened:
    os.close(descriptor)
report({"stopped by": stopped_by, "within the limit": count <= 1024}, count > 100)
