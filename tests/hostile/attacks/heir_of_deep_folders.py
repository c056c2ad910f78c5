"""Leaves directories so deep, closed and many that deleting may fail; its uid's heir checks.

attack: 21 34
guarantee: G7 G9
observed: {"deep": true}
cause: COMPLETED FILE_COUNT_LIMIT
next: any
heir: {"found": ["facts.json", "kit.py"]}
"""

from kit import *

if heir():
    report({"found": sorted(set(os.listdir("/mnt/data")) - {"__pycache__"})}, True)
else:
    # The report comes first: the scan may find the directories too deep and end the session.
    report({"deep": True}, True)
    for place in ("/mnt/data", "/tmp"):
        os.chdir(place)
        for _ in range(1000):
            os.mkdir("d" * 100)
            os.chdir("d" * 100)
        open("file", "w").close()
        os.chmod(".", 0)
    for number in range(500):
        os.makedirs(f"/mnt/data/many/{number}")
        os.chmod(f"/mnt/data/many/{number}", 0)
    os.chmod("/mnt/data/many", 0)
