"""Changes thousands of files in each cell: reporting them may not overwhelm the server.

attack: 34 44
guarantee: G7
observed: {"written": 5000}
calls: {"list": "OK"}
"""

from kit import *

for number in range(5000):
    with open(f"changed{number}", "w") as file:
        file.write("x")
report({"written": 5000}, True)
