"""Leaves folders so deep, closed and many that deleting them may fail; whoever gets its user id next looks.

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
    report({"deep": True}, True)  # at once: what is too deep to look through may be too much
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
