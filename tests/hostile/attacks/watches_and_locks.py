"""Takes file locks until it is refused or has had many, and leaves the last cell holding them.

attack: 47
guarantee: G7
observed: {"taken": true}
"""

import fcntl

from kit import *

taken = 0
file = os.open("locked", os.O_RDWR | os.O_CREAT)
for number in range(2000):
    taken += attempt(fcntl.lockf, file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number * 2) == "OK"
report({"taken": taken > 1000}, attempt(fcntl.flock, file, fcntl.LOCK_EX | fcntl.LOCK_NB) == "OK")
