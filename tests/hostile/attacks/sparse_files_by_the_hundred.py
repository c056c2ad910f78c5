"""Makes files that look as if they were larger than any disk, for the server to hash and list.

attack: 34
guarantee: G7
limits: {"workspace_bytes": 1073741824}
observed: {"made": 100}
calls: {"list": "OK"}
"""

from kit import *

made = 0
for number in range(100):
    with open(f"sparse{number}", "wb") as file:
        file.truncate(1 << 30)
        made += 1
report({"made": made}, os.path.getsize("sparse7") == 1 << 30)
